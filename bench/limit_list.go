package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// listed is a row of the list, with what was read for it.
type listed struct {
	id, number, name, stage           string
	managerID, managerName            *string
	contacts, engagements, attentions answer
}

// list writes 50 customers behind a cursor: one round trip for them, one for what hangs on them.
func (l *limit) list(r *http.Request, who caller, a *answer) error {
	rows, more, cursor, err := l.customers(r, who)
	if err != nil {
		return err
	}
	if err := l.childrenOf(r, who, rows); err != nil {
		return err
	}
	a.open('{')
	a.field("data").open('{')
	a.field("customers").open('{')
	a.field("pageInfo").open('{')
	a.field("hasNextPage").boolean(more)
	a.field("endCursor").optional(cursor)
	a.close('}')
	a.field("nodes").open('[')
	for i := range rows {
		rows[i].write(a)
	}
	a.b = append(a.b, "]}}}"...)
	return nil
}

func (c *listed) write(a *answer) {
	a.open('{')
	a.field("id").text(c.id)
	a.field("number").text(c.number)
	a.field("name").text(c.name)
	a.field("stage").text(c.stage)
	a.field("accountManager")
	a.named(c.managerID, c.managerName)
	for _, list := range []struct {
		name string
		of   answer
	}{{"recentContacts", c.contacts}, {"recentEngagements", c.engagements}, {"attentions", c.attentions}} {
		a.field(list.name).open('[')
		a.b = append(append(a.b, list.of.b...), ']')
	}
	a.close('}')
}

func (l *limit) customers(r *http.Request, who caller) (rows []listed, more bool, cursor *string, err error) {
	args := []any{who.organization}
	after := r.URL.Query().Get("after")
	if after != "" {
		keys, err := cursorKeys(after)
		if err != nil {
			return nil, false, nil, err
		}
		for _, key := range keys {
			var text string
			if err := json.Unmarshal(key, &text); err != nil {
				return nil, false, nil, err
			}
			args = append(args, text)
		}
	}
	rows = make([]listed, 0, pageOfList+1)
	var key string
	err = l.engine.read(r.Context(), ask{sql: listSQL(after != ""), args: args, each: func(row scanner) error {
		if len(rows) == pageOfList {
			more = true
			return nil
		}
		var c listed
		err := row.Scan(&c.id, &c.number, &c.name, &c.stage, &key, &c.managerID, &c.managerName)
		rows = append(rows, c)
		return err
	}})
	if len(rows) > 0 {
		end := listCursor(key, rows[len(rows)-1].id)
		cursor = &end
	}
	return rows, more, cursor, err
}

const pageOfList = 50

func listCursor(key, id string) string {
	keys, err := json.Marshal([]string{key, id})
	if err != nil {
		panic(err) // texts always marshal
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte(cursorHead), keys...))
}

// childrenOf reads the first five contacts and engagements of each customer, and its attentions.
func (l *limit) childrenOf(r *http.Request, who caller, rows []listed) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].id
	}
	var list any = ids
	if l.engine.lite() {
		encoded, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		list = string(encoded)
	}
	args := []any{who.organization, list}
	contacts := func(parent int) *answer { return &rows[parent-1].contacts }
	engagements := func(parent int) *answer { return &rows[parent-1].engagements }
	attentions := func(parent int) *answer { return &rows[parent-1].attentions }
	return l.engine.read(r.Context(),
		ask{sql: ofEach(l.engine, "contacts", contactsSQL), args: args, each: l.contact(contacts, false)},
		ask{sql: ofEach(l.engine, "engagements", engagementsSQL), args: args, each: l.engagement(engagements, false)},
		ask{sql: ofEach(l.engine, "attentions", attentionsSQL), args: append(args, l.today()), each: l.attention(attentions, false)},
	)
}
