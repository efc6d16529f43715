-- Every event of an attention says to whom the attention is addressed; until now only its placing did.

UPDATE events SET recipients = (
    SELECT {{if .Postgres}}json_agg(r.user_id ORDER BY r.user_id)::text{{else}}json_group_array(r.user_id ORDER BY r.user_id){{end}}
    FROM attention_recipients AS r
    WHERE r.organization_id = events.organization_id AND r.attention_id = events.subject_id)
WHERE kind IN ('ATTENTION_SEEN', 'ATTENTION_ACKNOWLEDGED', 'ATTENTION_REMOVED')
  AND EXISTS (SELECT 1 FROM attention_recipients AS r WHERE r.organization_id = events.organization_id AND r.attention_id = events.subject_id);
