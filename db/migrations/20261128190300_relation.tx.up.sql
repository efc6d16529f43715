-- Two cards are related once, whichever stands in front, and a card has one mother.
CREATE UNIQUE INDEX card_relations_unordered ON card_relations
    (organization_id, {{if .Postgres}}LEAST(from_id, to_id), GREATEST(from_id, to_id){{else}}min(from_id, to_id), max(from_id, to_id){{end}});
CREATE UNIQUE INDEX card_relations_mother ON card_relations (organization_id, to_id) WHERE kind = 'MOTHER_OF';
