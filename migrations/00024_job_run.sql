-- A job is called so everywhere. What an earlier version queued under the other name is queued anew by its clock.
-- +goose Up
ALTER TABLE chore_run RENAME TO job_run;
ALTER TABLE job_run RENAME COLUMN chore TO job;
ALTER INDEX chore_run_pkey RENAME TO job_run_pkey;
-- +goose StatementBegin
DO $$ BEGIN
    IF to_regclass('river_job') IS NOT NULL THEN
        DELETE FROM river_job WHERE kind = 'chore';
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
ALTER INDEX job_run_pkey RENAME TO chore_run_pkey;
ALTER TABLE job_run RENAME COLUMN job TO chore;
ALTER TABLE job_run RENAME TO chore_run;
