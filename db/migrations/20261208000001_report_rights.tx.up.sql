-- With which rights a report was asked for: a key of a program may have fewer than its owner, on whose account the
-- report is made. Runs of before are known to whoever asked, as they were.
ALTER TABLE report_runs ADD COLUMN rights TEXT NOT NULL DEFAULT '[]';
