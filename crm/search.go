package crm

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Search finds cards of all kinds by their text.
type Search struct{ *core }

// searchEntry is what search knows of a card.
type searchEntry struct {
	bun.BaseModel `bun:"table:search_entries,alias:t"`

	OrganizationID ID
	CardID         ID
	Type           CardType
	Title          string
	Subtitle       string
	TitleKey       string
	AliasKey       string // another name that is as good as the title
	Text           string `read:"-"`
	Archived       bool
	ChangedAt      time.Time
}

// SearchHit is a card that was found.
type SearchHit struct {
	Type       CardType
	Title      string
	Subtitle   string
	IsArchived bool
	Highlights []*Highlight
	CardID     ID
}

// Highlight is a part of a title that matched, counted in characters.
type Highlight struct {
	Start  int
	Length int
}

// The limits of a search.
const (
	minSearchLength = 2
	maxSearchHits   = 50
	trigram         = 3 // the index knows parts of words from this length on
)

// Find gives the cards that hold all words of the text, best first.
func (s *Search) Find(ctx context.Context, text string, types []CardType, archived Archived, first int) ([]*SearchHit, error) {
	return s.find(ctx, text, archived, first, oneOf("t.type", types)...)
}

// OtherCustomers gives the relations that hold all words of the text, best first, but for the one at hand.
func (s *Search) OtherCustomers(ctx context.Context, text string, except *ID, archived Archived, first int) ([]*SearchHit, error) {
	where := oneOf("t.type", []CardType{CustomerCard, ProspectCard})
	if except != nil {
		where = append(where, db.Part{SQL: "t.card_id <> ?", Args: []any{string(*except)}})
	}
	return s.find(ctx, text, archived, first, where...)
}

func (s *Search) find(ctx context.Context, text string, archived Archived, first int, conditions ...db.Part) ([]*SearchHit, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if first < 1 || first > maxSearchHits {
		return nil, Invalid(Text{NL: "first ligt tussen 1 en 50.", EN: "first lies between 1 and 50."}, "first")
	}
	wanted, err := words("text", text)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(strings.Join(wanted, " ")) < minSearchLength {
		return nil, Invalid(Text{NL: "Zoek op ten minste twee tekens.", EN: "Search for at least two characters."}, "text")
	}
	where := append([]db.Part{ofOrganization(actor.OrganizationID)}, matching(conn.Engine(), wanted)...)
	where = append(where, conditions...)
	if archived != ArchivedInclude {
		where = append(where, db.Part{SQL: "t.archived = ?", Args: []any{archived == ArchivedOnly}})
	}
	entries, err := s.ranked(ctx, conn, where, strings.Join(wanted, " "), first)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	hits := make([]*SearchHit, len(entries))
	for i, entry := range entries {
		hits[i] = &SearchHit{Type: entry.Type, Title: entry.Title, Subtitle: entry.Subtitle,
			IsArchived: entry.Archived, Highlights: highlights(entry.Title, wanted), CardID: entry.CardID}
	}
	return hits, nil
}

// ranked reads the best entries: the whole title or search name, its beginning, the beginning of a word, anywhere; then
// last changed.
func (s *Search) ranked(ctx context.Context, conn db.Conn, where []db.Part, phrase string, first int) ([]*searchEntry, error) {
	position := (&conditions{engine: conn.Engine()}).position
	condition := all(where, " AND ")
	return db.Rows[*searchEntry](ctx, conn,
		"SELECT "+db.Columns[*searchEntry](ctx, conn)+" FROM search_entries AS t WHERE "+condition.SQL+
			" ORDER BY CASE WHEN ? IN (t.title_key, t.alias_key) THEN 0 WHEN "+position("t.title_key")+" = 1 OR "+position("t.alias_key")+" = 1 THEN 1 WHEN "+
			position("' ' || t.title_key")+" > 0 THEN 2 ELSE 3 END, t.changed_at DESC, t.card_id DESC LIMIT "+fmt.Sprint(first),
		append(condition.Args, phrase, phrase, phrase, " "+phrase)...)
}

// matching is the condition on search entries that all words occur. Words too short for the index must
// occur too; when all are, the title or the search name must begin with them.
func matching(engine db.Engine, words []string) []db.Part {
	var long, short []string
	for _, word := range words {
		if utf8.RuneCountInString(word) >= trigram {
			long = append(long, word)
			continue
		}
		short = append(short, word)
	}
	if len(long) == 0 {
		phrase := strings.Join(words, " ")
		return []db.Part{all([]db.Part{beginning("t.title_key", phrase), beginning("t.alias_key", phrase)}, " OR ")}
	}
	if engine == db.Postgres {
		contains := all(containing(engine, "w.text", words), " AND ")
		return []db.Part{{
			SQL: "(t.organization_id, t.card_id) IN (SELECT w.organization_id, w.card_id FROM search_texts AS w WHERE " + contains.SQL + ")", Args: contains.Args,
		}}
	}
	quoted := make([]string, len(long))
	for i, word := range long {
		quoted[i] = `"` + strings.ReplaceAll(word, `"`, `""`) + `"`
	}
	indexed := db.Part{
		SQL:  "t.rowid IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)",
		Args: []any{strings.Join(quoted, " AND ")},
	}
	return append([]db.Part{indexed}, containing(engine, "t.text", short)...)
}

// occurring is the condition on search entries that a word occurs, by the index where it is long enough for it.
func occurring(engine db.Engine, word string) []db.Part {
	if utf8.RuneCountInString(word) >= trigram {
		return matching(engine, []string{word})
	}
	return containing(engine, "t.text", []string{word})
}

// beginning is the condition that a column, compared byte by byte, begins with the text: a range, which
// an index answers.
func beginning(column, text string) db.Part {
	return db.Part{SQL: column + " >= ? AND " + column + " < ?", Args: []any{text, text + "\U0010ffff"}}
}

// found is the condition that a relation is found by a text; blank text finds all.
func found(engine db.Engine, organization ID, field, text string) ([]db.Part, error) {
	wanted, err := words(field, text)
	if err != nil || len(wanted) == 0 {
		return nil, err
	}
	match := all(matching(engine, wanted), " AND ")
	return []db.Part{{
		SQL: "t.id IN (SELECT t.card_id FROM search_entries AS t WHERE t.organization_id = ?" +
			" AND t.type IN ('CUSTOMER', 'PROSPECT') AND " + match.SQL + ")",
		Args: append([]any{string(organization)}, match.Args...),
	}}, nil
}

// highlights finds the words in a title, also where folding changed the number of characters.
func highlights(title string, words []string) []*Highlight {
	var folded []rune
	var origin []int // for each folded character, the character of the title it came from
	runes := []rune(title)
	for i, r := range runes {
		part := []rune(fold(string(r)))
		if len(part) == 0 && (unicode.IsSpace(r) || unicode.IsControl(r)) {
			part = []rune{' '}
		}
		for _, f := range part {
			folded, origin = append(folded, f), append(origin, i)
		}
	}
	kept := make([]rune, 0, len(folded))
	for i, r := range folded {
		if !abbreviates(folded, i) {
			origin[len(kept)], kept = origin[i], append(kept, r)
		}
	}
	origin = append(origin[:len(kept)], len(runes))
	text, found := string(kept), []*Highlight{}
	for _, word := range words {
		before, _, there := strings.Cut(text, word)
		if !there {
			continue
		}
		from := utf8.RuneCountInString(before)
		to := from + utf8.RuneCountInString(word) - 1
		end := max(origin[to]+1, origin[to+1]) // with the marks that follow the last letter
		found = append(found, &Highlight{Start: origin[from], Length: end - origin[from]})
	}
	return found
}

// index brings what search knows of cards in line with the cards.
func (tx *Tx) index(ctx context.Context, entries ...*searchEntry) error {
	_, err := tx.NewInsert().Model(&entries).
		On("CONFLICT (organization_id, card_id) DO UPDATE").
		Set("type = EXCLUDED.type").Set("title = EXCLUDED.title").Set("subtitle = EXCLUDED.subtitle").
		Set("title_key = EXCLUDED.title_key").Set("alias_key = EXCLUDED.alias_key").Set("text = EXCLUDED.text").
		Set("archived = EXCLUDED.archived").Set("changed_at = EXCLUDED.changed_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("index card %s: %w", entries[0].CardID, err)
	}
	return nil
}

// indexBeneath does so for the cards of a relation, which bear its name.
func (tx *Tx) indexBeneath(ctx context.Context, customer *Customer) error {
	contacts, err := rowsOf[*Contact](ctx, tx, "contacts", customer.ID)
	if err != nil {
		return err
	}
	engagements, err := rowsOf[*Dossier](ctx, tx, "engagements", customer.ID)
	if err != nil || len(contacts)+len(engagements) == 0 {
		return err
	}
	var entries []*searchEntry
	for _, contact := range contacts {
		contact.derive() // what is for searching only was not read
		entries = append(entries, contact.searchEntry(customer))
	}
	for _, engagement := range engagements {
		entries = append(entries, engagement.searchEntry(customer))
	}
	return tx.index(ctx, entries...)
}

// rowsOf reads all rows of a relation.
func rowsOf[R any](ctx context.Context, tx *Tx, table string, customer ID) ([]R, error) {
	rows, err := db.Rows[R](ctx, tx.Conn,
		"SELECT "+db.Columns[R](ctx, tx.Conn)+" FROM "+table+" AS t WHERE t.organization_id = ? AND t.customer_id = ?",
		string(tx.Actor.OrganizationID), string(customer))
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", table, customer, err)
	}
	return rows, nil
}

// searchEntry makes what search knows of a card of any kind.
func (f *CardFrame) searchEntry(kind CardType, title, subtitle, text string) *searchEntry {
	return &searchEntry{OrganizationID: f.OrganizationID, CardID: f.ID, Type: kind, Title: title, Subtitle: subtitle,
		TitleKey: searchFold(title), Text: text, Archived: f.ArchivedAt != nil, ChangedAt: f.UpdatedAt}
}

func (c *Customer) searchEntry() *searchEntry {
	city := ""
	if c.VisitingAddress != nil {
		city = c.VisitingAddress.City
	}
	entry := c.CardFrame.searchEntry(c.Type(), c.Name, joined(" · ", c.Number, deref(c.SearchName), city),
		searchFoldAll(&c.Name, c.TradeName, c.SearchName, &c.Number, c.KvkNumber, &city))
	entry.AliasKey = searchFoldAll(c.SearchName)
	return entry
}

// joined puts the parts that are not empty together.
func joined(separator string, parts ...string) string {
	var there []string
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return strings.Join(there, separator)
}
