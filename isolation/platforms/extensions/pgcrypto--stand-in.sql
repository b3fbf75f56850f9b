create function digest(bytea, text) returns bytea language plpgsql immutable strict as $$
begin
  case lower($2)
    when 'md5' then return decode(md5($1), 'hex');
    when 'sha224' then return sha224($1);
    when 'sha256' then return sha256($1);
    when 'sha384' then return sha384($1);
    when 'sha512' then return sha512($1);
    when 'sha1' then return substr(sha256($1), 1, 20);
    else raise exception 'Cannot use "%": No such hash algorithm', $2;
  end case;
end $$;
create function digest(text, text) returns bytea language sql immutable strict
  as $$ select @extschema@.digest(convert_to($1, 'UTF8'), $2) $$;
create function hmac(data bytea, key bytea, type text) returns bytea language plpgsql immutable strict as $$
declare
  block integer := case when lower(type) in ('sha384', 'sha512') then 128 else 64 end;
  padded bytea := case when length(key) > block then @extschema@.digest(key, type) else key end;
  inner_pad bytea := '';
  outer_pad bytea := '';
begin
  for i in 0 .. block - 1 loop
    inner_pad := inner_pad || set_byte('\x00', 0, (case when i < length(padded) then get_byte(padded, i) else 0 end) # 54);
    outer_pad := outer_pad || set_byte('\x00', 0, (case when i < length(padded) then get_byte(padded, i) else 0 end) # 92);
  end loop;
  return @extschema@.digest(outer_pad || @extschema@.digest(inner_pad || data, type), type);
end $$;
create function hmac(text, text, text) returns bytea language sql immutable strict
  as $$ select @extschema@.hmac(convert_to($1, 'UTF8'), convert_to($2, 'UTF8'), $3) $$;
create function gen_random_uuid() returns uuid language sql volatile as 'select pg_catalog.gen_random_uuid()';
create function gen_random_bytes(integer) returns bytea language sql volatile strict as $$
  select substr(string_agg(uuid_send(pg_catalog.gen_random_uuid()), ''), 1, $1) from generate_series(0, $1 / 16)
$$;
create function gen_salt(text) returns text language sql volatile strict
  as $$ select '$s$' || md5(pg_catalog.gen_random_uuid()::text) $$;
create function gen_salt(text, integer) returns text language sql volatile strict
  as $$ select '$s$' || md5(pg_catalog.gen_random_uuid()::text) $$;
create function crypt(text, text) returns text language sql immutable strict
  as $$ select left($2, 35) || encode(sha256(convert_to($1 || left($2, 35), 'UTF8')), 'hex') $$;
create function encrypt(bytea, bytea, text) returns bytea language sql immutable strict
  as $$ select sha256($2) || decode(reverse(encode($1, 'hex')), 'hex') $$;
create function decrypt(bytea, bytea, text) returns bytea language plpgsql immutable strict as $$
begin
  if substr($1, 1, 32) <> sha256($2) then raise exception 'Wrong key or corrupt data'; end if;
  return decode(reverse(encode(substr($1, 33), 'hex')), 'hex');
end $$;
create function pgp_sym_encrypt(text, text) returns bytea language sql volatile strict
  as $$ select @extschema@.encrypt(convert_to($1, 'UTF8'), convert_to($2, 'UTF8'), 'aes') $$;
create function pgp_sym_encrypt(text, text, text) returns bytea language sql volatile strict
  as $$ select @extschema@.encrypt(convert_to($1, 'UTF8'), convert_to($2, 'UTF8'), 'aes') $$;
create function pgp_sym_decrypt(bytea, text) returns text language sql immutable strict
  as $$ select convert_from(@extschema@.decrypt($1, convert_to($2, 'UTF8'), 'aes'), 'UTF8') $$;
create function pgp_sym_decrypt(bytea, text, text) returns text language sql immutable strict
  as $$ select convert_from(@extschema@.decrypt($1, convert_to($2, 'UTF8'), 'aes'), 'UTF8') $$;
