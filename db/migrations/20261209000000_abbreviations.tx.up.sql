-- Texts to search in lose the dot behind a letter that stands alone, so that "B.V." is "bv".
{{if .Postgres}}
UPDATE search_entries SET title_key = regexp_replace(title_key, '(?<![a-z0-9])([a-z])[.]', '\1', 'g'),
    alias_key = regexp_replace(alias_key, '(?<![a-z0-9])([a-z])[.]', '\1', 'g'),
    text = regexp_replace(text, '(?<![a-z0-9])([a-z])[.]', '\1', 'g')
    WHERE concat_ws(' ', title_key, alias_key, text) ~ '(?<![a-z0-9])[a-z][.]';
--bun:split
UPDATE contacts SET search_text = regexp_replace(search_text, '(?<![a-z0-9])([a-z])[.]', '\1', 'g') WHERE search_text ~ '(?<![a-z0-9])[a-z][.]';
--bun:split
UPDATE communications SET search_text = regexp_replace(search_text, '(?<![a-z0-9])([a-z])[.]', '\1', 'g') WHERE search_text ~ '(?<![a-z0-9])[a-z][.]';
{{end}}
{{if .SQLite}}
UPDATE search_entries SET title_key = without_lone_dots(title_key), alias_key = without_lone_dots(alias_key), text = without_lone_dots(text)
    WHERE instr(title_key || alias_key || text, '.') > 0;
--bun:split
UPDATE contacts SET search_text = without_lone_dots(search_text) WHERE instr(search_text, '.') > 0;
--bun:split
UPDATE communications SET search_text = without_lone_dots(search_text) WHERE instr(search_text, '.') > 0;
{{end}}
