package main

import (
	"strconv"
	"strings"
)

// The statements of the limit. Values are ?1, ?2, … on both engines.

const callerSQL = `
SELECT c.organization_id, c.user_id, CAST(c.expires_at AS text), CAST(c.revoked_at AS text)
FROM api_tokens AS c JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.user_id
WHERE c.secret_hash = ?1 AND u.active AND c.revoked_at IS NULL`

const cardSQL = `
SELECT t.id, t.version, t.number, t.name, t.trade_name, t.stage, t.customer_since, t.kvk_number, t.vat_id, t.sector,
	t.phone, t.email, t.website, t.language, t.updated_at, m.id, m.name, m.email
FROM customers AS t LEFT JOIN users AS m ON m.organization_id = t.organization_id AND m.id = t.account_manager_id
WHERE t.organization_id = ?1 AND t.id = ?2`

const contactsSQL = `
SELECT 1, id, name, function, email, phone FROM contacts
WHERE organization_id = ?1 AND customer_id = ?2 AND archived_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT 5`

const engagementsSQL = `
SELECT 1, phase, id, number, title, status, start_on, phase_since FROM engagements
WHERE organization_id = ?1 AND customer_id = ?2 AND archived_at IS NULL ORDER BY phase_since DESC, id DESC LIMIT 5`

const attentionsSQL = `
SELECT 1, id, level, text, valid_until FROM attentions
WHERE organization_id = ?1 AND card_id = ?2 AND removed_at IS NULL AND (valid_until IS NULL OR valid_until >= ?3)
ORDER BY created_at DESC, id DESC LIMIT 50`

const relationsSQL = `
SELECT r.kind, o.id, o.name FROM (
	SELECT CASE kind WHEN 'SISTER_OF' THEN 'SISTER' ELSE 'DAUGHTER' END AS kind, to_id AS other
	FROM card_relations WHERE organization_id = ?1 AND from_id = ?2
	UNION ALL
	SELECT CASE kind WHEN 'SISTER_OF' THEN 'SISTER' ELSE 'MOTHER' END, from_id
	FROM card_relations WHERE organization_id = ?1 AND to_id = ?2
) AS r JOIN customers AS o ON o.organization_id = ?1 AND o.id = r.other ORDER BY o.name_key, o.id`

const countsSQL = `
SELECT c.live, c.archived, e.leads, e.requests, e.running, e.archived, m.n FROM
	(SELECT count(*) FILTER (WHERE archived_at IS NULL) AS live, count(archived_at) AS archived
	FROM contacts WHERE organization_id = ?1 AND customer_id = ?2) AS c,
	(SELECT count(*) FILTER (WHERE phase = 'LEAD' AND status = 'OPEN' AND archived_at IS NULL) AS leads,
		count(*) FILTER (WHERE phase = 'REQUEST' AND status = 'OPEN' AND archived_at IS NULL) AS requests,
		count(*) FILTER (WHERE phase = 'PROJECT' AND status IN ('PLANNED', 'ACTIVE', 'ON_HOLD') AND archived_at IS NULL
			AND (end_on IS NULL OR end_on >= ?3)) AS running,
		count(*) FILTER (WHERE phase = 'PROJECT' AND archived_at IS NOT NULL) AS archived
	FROM engagements WHERE organization_id = ?1 AND customer_id = ?2) AS e,
	(SELECT count(*) AS n FROM communications WHERE organization_id = ?1 AND customer_id = ?2) AS m`

// timelineSQL gives a page of communications with their contacts; one that has two comes twice.
func timelineSQL(after bool, limit string) string {
	beyond := ""
	if after {
		beyond = " AND (at, id) < (?3, ?4)"
	}
	return `
SELECT m.id, m.kind, m.direction, m.status, m.at, m.subject, m.excerpt, a.id, a.name, c.id, c.name
FROM (SELECT id, kind, direction, status, at, subject, substr(body, 1, 200) AS excerpt, author_id FROM communications
	WHERE organization_id = ?1 AND customer_id = ?2` + beyond + ` ORDER BY at DESC, id DESC LIMIT ` + limit + `) AS m
LEFT JOIN users AS a ON a.organization_id = ?1 AND a.id = m.author_id
LEFT JOIN communication_contacts AS l ON l.organization_id = ?1 AND l.communication_id = m.id
LEFT JOIN contacts AS c ON c.organization_id = ?1 AND c.id = l.contact_id
ORDER BY m.at DESC, m.id DESC, l.ordinal`
}

func listSQL(after bool) string {
	beyond := ""
	if after {
		beyond = " AND (t.name_key, t.id) > (?2, ?3)"
	}
	return `
SELECT t.id, t.number, t.name, t.stage, t.name_key, m.id, m.name
FROM customers AS t LEFT JOIN users AS m ON m.organization_id = t.organization_id AND m.id = t.account_manager_id
WHERE t.organization_id = ?1 AND t.stage = 'CUSTOMER' AND t.archived_at IS NULL` + beyond + `
ORDER BY t.name_key, t.id LIMIT 51`
}

// ofEach turns a statement about one parent, ?2, into one about the parents of a list: the number of
// the parent stands in the first column. Each parent is one short walk along the index.
func ofEach(e engine, table, statement string) string {
	columns, rest, _ := strings.Cut(strings.TrimPrefix(statement, "\nSELECT 1, "), " FROM "+table)
	if !e.lite() {
		return "SELECT p.n, c.* FROM unnest(?2::text[]) WITH ORDINALITY AS p(id, n) CROSS JOIN LATERAL (SELECT " +
			columns + " FROM " + table + strings.ReplaceAll(rest, "?2", "p.id") + ") AS c"
	}
	_, order, _ := strings.Cut(rest, "ORDER BY ")
	order, _, _ = strings.Cut(order, " LIMIT")
	return "SELECT p.key + 1, " + ofT(columns) + " FROM json_each(?2) AS p CROSS JOIN " + table + " AS t ON t.rowid IN (SELECT rowid FROM " +
		table + strings.ReplaceAll(rest, "?2", "p.value") + ") ORDER BY p.key, " + ofT(order)
}

// ofT names columns as those of t.
func ofT(columns string) string { return "t." + strings.ReplaceAll(columns, ", ", ", t.") }

// searchSQL finds cards by so many words, which are ?3 and up; ?2 is the phrase. Words too short for the
// index only narrow down; when all are short, the title must begin with the phrase, which ends at ?3.
func searchSQL(e engine, long, short int) string {
	position := "strpos"
	if e.lite() {
		position = "instr"
	}
	var b strings.Builder
	b.WriteString("SELECT type, title, subtitle, archived, card_id FROM search_entries WHERE organization_id = ?1 AND NOT archived")
	switch {
	case long == 0:
		b.WriteString(" AND title_key >= ?2 AND title_key < ?3")
	case e.lite():
		b.WriteString(" AND rowid IN (SELECT rowid FROM search_index WHERE search_index MATCH ?3)")
		for i := range short {
			b.WriteString(" AND instr(text, ?" + strconv.Itoa(4+i) + ") > 0")
		}
	default:
		b.WriteString(" AND (organization_id, card_id) IN (SELECT organization_id, card_id FROM search_texts WHERE organization_id = ?1")
		for i := range long + short {
			b.WriteString(" AND text LIKE ?" + strconv.Itoa(3+i))
		}
		b.WriteString(")")
	}
	b.WriteString(" ORDER BY CASE WHEN title_key = ?2 THEN 0 WHEN " + position + "(title_key, ?2) = 1 THEN 1 WHEN " +
		position + "(' ' || title_key, ' ' || ?2) > 0 THEN 2 ELSE 3 END, changed_at DESC, card_id DESC LIMIT 10")
	return b.String()
}

// The statements of a contact moment. The last ones number the event under the lock of the office's row.

func beginSQL(e engine) string {
	if e.lite() {
		return "BEGIN IMMEDIATE"
	}
	return "BEGIN"
}

func lockSQL(e engine) string {
	if e.lite() {
		return "SELECT archived_at IS NULL FROM customers WHERE organization_id = ?1 AND id = ?2"
	}
	return "SELECT archived_at IS NULL FROM customers WHERE organization_id = ?1 AND id = ?2 FOR UPDATE"
}

const contactOfSQL = `
SELECT c.name, c.customer_id = ?2 OR EXISTS (SELECT 1 FROM card_relations AS r WHERE r.organization_id = ?1
	AND ((r.from_id = ?2 AND r.to_id = c.customer_id) OR (r.to_id = ?2 AND r.from_id = c.customer_id)))
FROM contacts AS c WHERE c.organization_id = ?1 AND c.id = ?3`

const insertMessageSQL = `
INSERT INTO communications (organization_id, id, customer_id, kind, direction, status, at, subject, body, search_text, channel, duration, author_id, created_at)
VALUES (?1, ?2, ?3, 'CONVERSATION_NOTE', 'INTERNAL', 'DONE', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?4)`

const insertLinkSQL = `
INSERT INTO communication_contacts (organization_id, communication_id, ordinal, contact_id, at) VALUES (?1, ?2, 0, ?3, ?4)`

const raiseVersionSQL = "UPDATE customers SET version = version + 1 WHERE organization_id = ?1 AND id = ?2"

const raisePositionSQL = "UPDATE organizations SET position = position + 1 WHERE id = ?1"

const insertEventSQL = `
INSERT INTO events (organization_id, position, id, kind, at, actor_id, customer_id, card_id, card_version, subject_id, recipients, changes)
SELECT o.id, o.position, ?2, 'COMMUNICATION_ADDED', ?3, ?4, c.id, c.id, c.version, ?6, '[]', '[]'
FROM organizations AS o JOIN customers AS c ON c.organization_id = o.id AND c.id = ?5 WHERE o.id = ?1 RETURNING position`
