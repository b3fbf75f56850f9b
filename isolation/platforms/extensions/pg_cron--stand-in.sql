create schema cron;
create table cron.job (
  jobid bigserial primary key, schedule text not null, command text not null, nodename text not null default 'localhost',
  nodeport integer not null default 5432, database text not null default current_database(),
  username text not null default current_user, active boolean not null default true, jobname text,
  unique (jobname, username)
);
create table cron.job_run_details (
  jobid bigint, runid bigserial primary key, job_pid integer, database text, username text, command text, status text,
  return_message text, start_time timestamptz, end_time timestamptz
);
alter table cron.job enable row level security;
alter table cron.job_run_details enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);
create function cron.schedule(schedule text, command text) returns bigint language sql
  as 'insert into cron.job (schedule, command) values ($1, $2) returning jobid';
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql
  as 'insert into cron.job (jobname, schedule, command) values ($1, $2, $3) on conflict (jobname, username)
      do update set schedule = excluded.schedule, command = excluded.command returning jobid';
create function cron.unschedule(job_id bigint) returns boolean language sql
  as 'with gone as (delete from cron.job where jobid = $1 returning 1) select exists (select from gone)';
create function cron.unschedule(job_name text) returns boolean language sql
  as 'with gone as (delete from cron.job where jobname = $1 returning 1) select exists (select from gone)';
grant select on cron.job, cron.job_run_details to public;
grant usage on schema cron to postgres;
grant all on all tables in schema cron to postgres;
grant all on all sequences in schema cron to postgres;
