-- Leads, requests and projects that entered their phase on one day are in the order in which they were made.
DROP INDEX engagements_by_phase;
CREATE INDEX engagements_by_phase ON engagements (organization_id, customer_id, phase_since DESC, created_at DESC, id DESC);
DROP INDEX engagements_recent;
CREATE INDEX engagements_recent ON engagements (organization_id, customer_id, phase_since DESC, created_at DESC, id DESC) WHERE archived_at IS NULL;
DROP INDEX engagements_of_office;
CREATE INDEX engagements_of_office ON engagements (organization_id, phase_since DESC, created_at DESC, id DESC);
DROP INDEX engagements_by_handler;
CREATE INDEX engagements_by_handler ON engagements (organization_id, handler_id, phase_since DESC, created_at DESC, id DESC);
