-- Since when the operator lets nobody of an office in; null when he does.
ALTER TABLE organizations ADD COLUMN suspended_at TIMESTAMPTZ;
