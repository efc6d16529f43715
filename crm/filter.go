package crm

import (
	"strings"
	"time"
	"unicode/utf8"

	"klantkaart/db"
)

// The limits of a filter.
const (
	maxFilterDepth  = 4
	maxFilterValues = 100
	maxSearchLength = 100
)

// TextFilter are conditions on a text; all given ones hold.
type TextFilter struct {
	Eq         *string
	Ne         *string
	In         []string
	NotIn      []string
	IsNull     *bool
	Contains   *string
	StartsWith *string
}

// IDFilter are conditions on a reference; all given ones hold.
type IDFilter struct {
	Eq     *ID
	Ne     *ID
	In     []ID
	NotIn  []ID
	IsNull *bool
}

// DateTimeFilter are conditions on a moment; all given ones hold.
type DateTimeFilter struct {
	Eq     *time.Time
	Gt     *time.Time
	Gte    *time.Time
	Lt     *time.Time
	Lte    *time.Time
	IsNull *bool
}

// conditions collects the parts of a filter, and the first fault.
type conditions struct {
	engine db.Engine
	parts  []db.Part
	fault  error
}

func (c *conditions) add(sql string, args ...any) {
	c.parts = append(c.parts, db.Part{SQL: sql, Args: args})
}

func (c *conditions) refuse(text Text, path ...string) {
	if c.fault == nil {
		c.fault = Invalid(text, append([]string{"filter"}, path...)...)
	}
}

// text adds the conditions on a column that holds folded text.
func (c *conditions) text(field, column string, f *TextFilter) {
	if f == nil {
		return
	}
	filled := "COALESCE(" + column + ", '')"
	if f.Eq != nil {
		c.add(column+" = ?", fold(*f.Eq))
	}
	if f.Ne != nil {
		c.add(filled+" <> ?", fold(*f.Ne))
	}
	if f.In != nil {
		c.among(field, column+" IN", f.In)
	}
	if f.NotIn != nil {
		c.among(field, filled+" NOT IN", f.NotIn)
	}
	if f.Contains != nil {
		c.add(c.position(filled)+" > 0", fold(*f.Contains))
	}
	if f.StartsWith != nil {
		c.add(c.position(filled)+" = 1", fold(*f.StartsWith))
	}
	c.null(filled+" = ''", f.IsNull)
}

// position is where a text begins in a column, from 1; 0 when it does not occur.
func (c *conditions) position(column string) string {
	if c.engine == db.Postgres {
		return "strpos(" + column + ", ?)"
	}
	return "instr(" + column + ", ?)"
}

func (c *conditions) among(field, list string, values []string) {
	args := make([]any, len(values))
	for i, value := range values {
		args[i] = fold(value)
	}
	c.list(field, list, args)
}

func (c *conditions) list(field, list string, args []any) {
	if len(args) > maxFilterValues {
		c.refuse(Textf("Ten hoogste %s waarden.", "At most %s values.", maxFilterValues), field)
		return
	}
	if len(args) == 0 { // nothing is in an empty list
		if strings.HasSuffix(list, "NOT IN") {
			return
		}
		c.add("1 = 0")
		return
	}
	c.add(list+" ("+db.Placeholders(len(args))+")", args...)
}

func (c *conditions) null(isNull string, wanted *bool) {
	if wanted == nil {
		return
	}
	if *wanted {
		c.add(isNull)
		return
	}
	c.add("NOT (" + isNull + ")")
}

// reference adds the conditions on a column that holds an id.
func (c *conditions) reference(field, column string, f *IDFilter) {
	if f == nil {
		return
	}
	filled := "COALESCE(" + column + ", '')"
	if f.Eq != nil {
		c.add(column+" = ?", string(*f.Eq))
	}
	if f.Ne != nil {
		c.add(filled+" <> ?", string(*f.Ne))
	}
	if f.In != nil {
		c.list(field, column+" IN", idArgs(f.In))
	}
	if f.NotIn != nil {
		c.list(field, filled+" NOT IN", idArgs(f.NotIn))
	}
	c.null(column+" IS NULL", f.IsNull)
}

func idArgs(ids []ID) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = string(id)
	}
	return args
}

// moment adds the conditions on a column that holds a moment.
func (c *conditions) moment(column string, f *DateTimeFilter) {
	if f == nil {
		return
	}
	for _, one := range []struct {
		operator string
		value    *time.Time
	}{{"=", f.Eq}, {">", f.Gt}, {">=", f.Gte}, {"<", f.Lt}, {"<=", f.Lte}} {
		if one.value != nil {
			c.add(column+" "+one.operator+" ?", one.value.UTC())
		}
	}
	c.null(column+" IS NULL", f.IsNull)
}

// all joins the parts into one; no part at all is always true. An unknown outcome counts as false, so
// that `not` means what it says on empty fields too.
func all(parts []db.Part, with string) db.Part {
	if len(parts) == 0 {
		return db.Part{SQL: "1 = 1"}
	}
	texts, args := make([]string, len(parts)), []any{}
	for i, part := range parts {
		texts[i] = "(" + part.SQL + ")"
		args = append(args, part.Args...)
	}
	return db.Part{SQL: strings.Join(texts, with), Args: args}
}

// words splits what a user looks for into words as texts are searched in. Blank text has none.
func words(field, text string) ([]string, error) {
	if utf8.RuneCountInString(text) > maxSearchLength {
		return nil, Invalid(*tooLong(maxSearchLength), field)
	}
	return wordsIn(text), nil
}

// keyWords are the words to look for in a key for comparing, which keeps its dots.
func keyWords(field, text string) ([]string, error) {
	if _, err := words(field, text); err != nil {
		return nil, err
	}
	return strings.Fields(fold(text)), nil
}

// wordsIn gives the words of a text, folded for searching.
func wordsIn(text string) []string { return strings.Fields(searchFold(text)) }

// containing is the condition that a folded column holds all words.
func containing(engine db.Engine, column string, words []string) []db.Part {
	parts := make([]db.Part, len(words))
	for i, word := range words {
		if engine == db.Postgres {
			parts[i] = db.Part{SQL: column + " LIKE ?", Args: []any{"%" + likeLiteral(word) + "%"}}
			continue
		}
		parts[i] = db.Part{SQL: "instr(" + column + ", ?) > 0", Args: []any{word}}
	}
	return parts
}

// likeLiteral takes the special meaning from the characters that LIKE gives one.
func likeLiteral(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
