-- Keys of programs have the rights of their owner, or a part of them.
ALTER TABLE api_tokens ADD COLUMN scope TEXT NOT NULL DEFAULT 'FULL' CONSTRAINT api_tokens_scope CHECK (scope IN ('FULL', 'READ_ONLY', 'BI', 'CHOSEN'));
ALTER TABLE api_tokens ADD COLUMN rights TEXT; -- JSON list, of chosen rights
