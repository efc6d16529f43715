-- By which identity provider somebody came in; null by password. Signing out leads there.
ALTER TABLE sessions ADD COLUMN provider_id TEXT;
