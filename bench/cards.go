package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"klantkaart/crm"
)

// tables are all that the office has, in the order in which they are written.
func (o *office) tables() []table {
	return []table{
		o.organizationTable(), o.usersTable(), o.tokenTable(), o.customersTable(), o.contactsTable(), o.functionsTable(), o.engagementsTable(),
		o.communicationsTable(), o.linksTable(), o.relationsTable(), o.attentionsTable(), o.receiptsTable(),
		o.customerEntries(), o.contactEntries(), o.engagementEntries(), o.seriesTable(),
	}
}

// token is the API token of the office's administrator, with which the load signs in.
func (o *office) token() string {
	d := roll(o.seed, aToken, 0)
	return "kkt_" + d.id("bench", founded())
}

func (o *office) tokenTable() table {
	return table{name: "api_tokens", n: 1, columns: "organization_id id user_id name secret_hash created_at",
		rows: func(_ int, add func(...any)) {
			d := roll(o.seed, aToken, 1)
			sum := sha256.Sum256([]byte(o.token()))
			add(o.id, d.id("key", founded()), o.users[0], "bench", hex.EncodeToString(sum[:]), founded())
		}}
}

// relationsTable links each customer of the first half to one of the second half, and so on with steps
// that never meet twice: some cards have several relations, many have none.
func (o *office) relationsTable() table {
	return table{name: "card_relations", n: o.scale.relations, columns: "organization_id id from_id to_id kind note",
		rows: func(i int, add func(...any)) {
			d := roll(o.seed, aRelation, i)
			half := o.scale.customers / 2
			mother, daughter := o.customer(i/3), o.customer(half+i%half)
			if daughter.id < mother.id && d.percent(50) {
				add(o.id, d.id("rel", present()), daughter.id, mother.id, "SISTER_OF", nil)
				return
			}
			add(o.id, d.id("rel", present()), mother.id, daughter.id, "MOTHER_OF", d.maybe(30, "Volgens de jaarrekening."))
		}}
}

func (o *office) attention(i int) (id string, customer int, at time.Time, d dice) {
	d = roll(o.seed, anAttention, i)
	at = d.moment(opened(), present())
	return d.id("att", at), d.below(o.scale.customers), at, d
}

func (o *office) attentionsTable() table {
	return table{name: "attentions", n: o.scale.attentions,
		columns: "organization_id id card_id customer_id text level valid_from valid_until author_id created_at removed_at removed_by",
		rows: func(i int, add func(...any)) {
			id, number, at, d := o.attention(i)
			customer := o.customers[number]
			var removedAt, removedBy any
			if d.percent(25) {
				removedAt, removedBy = present(), pick(&d, o.users)
			}
			add(o.id, id, customer, customer, pick(&d, o.words.notices), pick(&d, []string{"INFO", "INFO", "WARNING", "CRITICAL"}), at,
				d.maybe(10, at.AddDate(0, 3, 0).Format(time.DateOnly)), pick(&d, o.users), at, removedAt, removedBy)
		}}
}

func (o *office) receiptsTable() table {
	return table{name: "attention_receipts", n: o.scale.attentions,
		columns: "organization_id attention_id user_id delivered_at seen_at acknowledged_at",
		rows: func(i int, add func(...any)) {
			id, _, at, d := o.attention(i)
			first := d.below(len(o.users))
			for n := range d.below(3) {
				seen := at.Add(time.Minute)
				add(o.id, id, o.users[(first+n)%len(o.users)], at, seen, d.maybe(60, seen))
			}
		}}
}

const entryColumns = "organization_id card_id type title subtitle title_key text archived changed_at"

func (o *office) customerEntries() table {
	return table{name: "search_entries", n: o.scale.customers, columns: entryColumns,
		rows: func(i int, add func(...any)) {
			c := o.customer(i)
			kind := "CUSTOMER"
			if c.prospect {
				kind = "PROSPECT"
			}
			add(o.id, c.id, kind, c.name, joined(" · ", c.number, c.city), crm.SearchFold(c.name),
				foldedAll(c.name, c.trade, c.number, c.kvk, c.city), c.archived, c.updated)
		}}
}

func (o *office) contactEntries() table {
	return table{name: "search_entries", n: o.scale.contacts, columns: entryColumns,
		rows: func(j int, add func(...any)) {
			c := o.contact(j)
			add(o.id, c.id, "CONTACT", c.name, joined(" · ", c.function, o.customer(int(o.contactOwner[j])).name), crm.SearchFold(c.name),
				c.searching, c.archived, c.updated)
		}}
}

func (o *office) engagementEntries() table {
	return table{name: "search_entries", n: o.scale.engagements, columns: entryColumns,
		rows: func(k int, add func(...any)) {
			e := o.engagement(k)
			add(o.id, e.id, e.phase, e.title, joined(" · ", e.number, o.customer(int(o.engagementOwner[k])).name), crm.SearchFold(e.title),
				foldedAll(e.title, e.number), e.archived, e.since)
		}}
}

// seriesTable lets the numbers that people use go on behind the office's own.
func (o *office) seriesTable() table {
	series := map[string]int{"customer": 10000 + o.scale.customers, "debtor": 130000 + o.scale.customers}
	for year := founded().Year(); year <= present().Year(); year++ {
		for _, letter := range []string{"L", "A", "P"} {
			series[fmt.Sprintf("%s-%d", letter, year)] = o.scale.engagements
		}
	}
	return table{name: "number_series", n: 1, columns: "organization_id name last",
		rows: func(_ int, add func(...any)) {
			for name, last := range series {
				add(o.id, name, last)
			}
		}}
}
