-- What the application may do with the queue's tables. graphile-worker switches row filters on without
-- a policy, so that nobody but the owner sees a job; our workers run as `reli_app`, which owns nothing.
-- A job's payload names a company, a channel and a date, never a customer or an amount.
grant usage on schema graphile_worker to reli_app;
grant select on graphile_worker.migrations to reli_app;
grant select, insert, update, delete on graphile_worker._private_jobs,
  graphile_worker._private_job_queues, graphile_worker._private_tasks,
  graphile_worker._private_known_crontabs to reli_app;
grant usage on all sequences in schema graphile_worker to reli_app;

do $$
declare name text;
begin
  foreach name in array
    array['_private_jobs', '_private_job_queues', '_private_tasks', '_private_known_crontabs'] loop
    execute format('drop policy if exists worker on graphile_worker.%I', name);
    execute format('create policy worker on graphile_worker.%I to reli_app using (true)', name);
  end loop;
end $$;
