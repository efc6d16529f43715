package main

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"klantkaart/crm"
)

// search writes the ten best cards for a text.
func (l *limit) search(r *http.Request, who caller, a *answer) error {
	words := strings.Fields(crm.SearchFold(r.URL.Query().Get("text")))
	statement, args := l.searching(who, words)
	a.open('{')
	a.field("data").open('{')
	err := l.engine.read(r.Context(), ask{sql: statement, args: args, begin: a.list("search"), end: a.endList,
		each: func(row scanner) error { return hit(row, a, words) }})
	a.b = append(a.b, "}}"...)
	return err
}

// searching gives the statement for the words, and its values.
func (l *limit) searching(who caller, words []string) (string, []any) {
	var long, short []string
	for _, word := range words {
		if utf8.RuneCountInString(word) >= 3 {
			long = append(long, word)
			continue
		}
		short = append(short, word)
	}
	phrase := strings.Join(words, " ")
	args := []any{who.organization, phrase}
	switch {
	case len(long) == 0:
		args = append(args, phrase+"\U0010ffff")
	case l.engine.lite():
		args = append(args, `"`+strings.Join(long, `" AND "`)+`"`)
		for _, word := range short {
			args = append(args, word)
		}
	default:
		for _, word := range append(long, short...) {
			args = append(args, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)+"%")
		}
	}
	return searchSQL(l.engine, len(long), len(short)), args
}

func hit(row scanner, a *answer, words []string) error {
	var kind, title, subtitle, id string
	var archived bool
	if err := row.Scan(&kind, &title, &subtitle, &archived, &id); err != nil {
		return err
	}
	a.open('{')
	a.field("type").text(kind)
	a.field("title").text(title)
	a.field("subtitle").text(subtitle)
	a.field("isArchived").boolean(archived)
	a.field("highlights").open('[')
	highlight(a, title, words)
	a.close(']')
	a.field("card").open('{')
	a.field("id").text(id)
	a.close('}')
	a.close('}')
	return nil
}

// highlight writes where the words stand in a title, counted in characters.
func highlight(a *answer, title string, words []string) {
	folded := strings.ToLower(title)
	if len(folded) != utf8.RuneCountInString(title) { // letters that fold to another number of bytes
		folded = foldedByRune(title)
	}
	for _, word := range words {
		at := strings.Index(folded, word)
		if at < 0 {
			continue
		}
		a.open('{')
		a.field("start").number(int64(utf8.RuneCountInString(folded[:at])))
		a.field("length").number(int64(utf8.RuneCountInString(word)))
		a.close('}')
	}
}

// foldedByRune folds each character for itself; those of the office fold to one each.
func foldedByRune(title string) string {
	var b strings.Builder
	for _, r := range title {
		one := crm.Fold(string(r))
		if one == "" {
			one = " "
		}
		b.WriteString(one)
	}
	return b.String()
}
