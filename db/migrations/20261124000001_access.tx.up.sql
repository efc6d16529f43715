-- All sessions of a colleague end when the colleague leaves.

CREATE INDEX sessions_by_user ON sessions (organization_id, user_id, id);
