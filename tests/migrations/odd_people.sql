-- People and contexts as a table of real ones has them, beside those of legacy.sql: nulls, blanks, spellings, ties, many.
insert into auth.users (id, email, created_at) values
    ('00000000-0000-4000-8000-00000000000a', 'No.Name+tag@Example.COM', '2025-01-01T00:00:00Z'),
    ('00000000-0000-4000-8000-00000000000b', 'blank@example.com', '2025-01-01T00:00:00Z'),
    ('00000000-0000-4000-8000-00000000000c', '@example.com', '2024-12-31T23:59:59.999999Z'),
    ('00000000-0000-4000-8000-00000000000d', 'not an address', '1970-01-01T00:00:00Z'),
    ('00000000-0000-4000-8000-00000000000e', 'rocket@example.com', '2031-01-01T00:00:00Z'),
    ('00000000-0000-4000-8000-00000000000f', 'never@example.com', '2025-06-01T00:00:00Z');
insert into public.users (id, email, full_name, created_at)
    select id, email, case left(email, 5) when 'blank' then '' when '@exam' then '   ' when 'rocke' then repeat('🚀', 700)
                          when 'not a' then E'two\nlines <b>' end, created_at
      from auth.users where id::text like '%-00000000000_' and email not like '%@example.com' or email in
           ('blank@example.com', '@example.com', 'rocket@example.com');
insert into public.business_context (user_id, content, created_at)
    select id, content::jsonb, '2025-05-01T00:00:00Z' from public.users, unnest(array['null', '[]', '"words"', '7', '{}',
           '{"answers": []}', '{"answers": null}', '{"answers": {"1": {}}, "more": 1}']) as content
     where email = 'blank@example.com';
insert into public.business_context (user_id, content, created_at)
    select id, '["the newest"]', '2025-05-02T00:00:00Z' from public.users where email = 'blank@example.com';
insert into auth.users (email, encrypted_password, created_at)
    select format('person-%s@example.com', n), '$2a$10$of-another-kind', '2025-07-01T00:00:00Z'::timestamptz + n * interval '1 s'
      from generate_series(1, 10000) as n;
insert into public.users (id, email, full_name, created_at)
    select id, email, 'Same Name', created_at from auth.users where email like 'person-%';
