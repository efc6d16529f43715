-- What a relation has still to pay, for who looks for what is overdue.
CREATE INDEX communications_unpaid ON communications (organization_id, customer_id, due_on) WHERE kind = 'INVOICE' AND paid_on IS NULL AND credited_on IS NULL;
