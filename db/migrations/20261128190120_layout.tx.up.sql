-- What colleagues chose to see on cards of a kind, and where offices keep their own help.
CREATE TABLE card_layouts (
    organization_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    card_type       TEXT NOT NULL CONSTRAINT card_layouts_type CHECK (card_type IN ('CUSTOMER', 'PROSPECT', 'CONTACT', 'LEAD', 'REQUEST', 'PROJECT')),
    buttons         TEXT NOT NULL,          -- JSON list in the order chosen; null for the usual
    detail_tabs     TEXT NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, user_id, card_type),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);

CREATE TABLE help_links (
    organization_id TEXT NOT NULL REFERENCES organizations,
    context         TEXT NOT NULL,
    url             TEXT NOT NULL CONSTRAINT help_links_url CHECK (url LIKE 'http%' AND length(url) <= 2048),
    PRIMARY KEY (organization_id, context)
);
