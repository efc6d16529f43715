-- Checklists: what an office has its cards check, what each kind of card does with it, and how far a card is.

CREATE TABLE checklist_items (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    card_group      TEXT NOT NULL CONSTRAINT checklist_items_group CHECK (card_group IN ('EMPLOYEE', 'PROJECT', 'CUSTOMER')),
    text            TEXT NOT NULL CONSTRAINT checklist_items_text CHECK (text <> ''),
    text_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded
    category_id     TEXT,
    sort_order      BIGINT NOT NULL,
    active          BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, category_id) REFERENCES lookup_values
);
CREATE UNIQUE INDEX checklist_items_by_text ON checklist_items (organization_id, card_group, text_key) WHERE active;
CREATE INDEX checklist_items_in_order ON checklist_items (organization_id, card_group, sort_order, id);

CREATE TABLE checklist_settings (
    organization_id TEXT NOT NULL,
    item_id         TEXT NOT NULL,
    card            TEXT NOT NULL CONSTRAINT checklist_settings_card CHECK (card IN ('APPLICANT', 'POTENTIAL_EMPLOYEE', 'EMPLOYEE',
        'HIRED_WORKER', 'LEAD', 'REQUEST', 'PROJECT', 'PROSPECT', 'CUSTOMER', 'CONTACT')),
    visibility      TEXT NOT NULL CONSTRAINT checklist_settings_visibility CHECK (visibility IN ('HIDE', 'SHOW_ONLY', 'EDITABLE')),
    PRIMARY KEY (organization_id, item_id, card),
    FOREIGN KEY (organization_id, item_id) REFERENCES checklist_items
);

CREATE TABLE checklist_entries (
    organization_id TEXT NOT NULL REFERENCES organizations,
    card_id         TEXT NOT NULL,
    item_id         TEXT NOT NULL,
    checked         BOOLEAN NOT NULL,
    checked_by      TEXT,
    checked_at      TIMESTAMPTZ,
    note            TEXT,
    note_by         TEXT,
    note_at         TIMESTAMPTZ,
    PRIMARY KEY (organization_id, card_id, item_id),
    FOREIGN KEY (organization_id, item_id) REFERENCES checklist_items,
    FOREIGN KEY (organization_id, checked_by) REFERENCES users,
    FOREIGN KEY (organization_id, note_by) REFERENCES users,
    CONSTRAINT checklist_entries_checked CHECK (checked = (checked_by IS NOT NULL) AND checked = (checked_at IS NOT NULL)),
    CONSTRAINT checklist_entries_noted CHECK ((note IS NOT NULL) = (note_by IS NOT NULL) AND (note IS NOT NULL) = (note_at IS NOT NULL)),
    CONSTRAINT checklist_entries_note CHECK (note <> '')
);
CREATE INDEX checklist_entries_of_item ON checklist_entries (organization_id, item_id);

-- The history of an item on a card is in the log.
CREATE INDEX events_of_checklists ON events (organization_id, card_id, subject_id, position)
    WHERE kind IN ('CHECKLIST_TICKED', 'CHECKLIST_UNTICKED', 'CHECKLIST_NOTED');
