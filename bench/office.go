package main

import (
	"strconv"
	"strings"
	"time"

	"klantkaart/crm"
)

// scale is how big an office is.
type scale struct {
	users, customers, contacts, engagements, communications, relations, attentions int
}

// scaleOf gives the office of so many customers; with 50,000 it is the office of the goals: 200,000
// contacts, 300,000 engagements and 2,000,000 communications.
func scaleOf(customers int) scale {
	return scale{
		users: 40, customers: customers, contacts: 4 * customers, engagements: 6 * customers,
		communications: 40 * customers, relations: customers / 2, attentions: customers / 2,
	}
}

// office is an invented secondment office. Every row of it follows from the seed and its own number.
type office struct {
	seed  uint64
	scale scale
	words words
	id    string

	users, customers, contacts, engagements []string // ids

	// Where the contacts and engagements of a customer begin in their tables; one more stands at the end.
	contactsFrom, engagementsFrom []int32
	contactOwner, engagementOwner []int32
	communicationOwner            []int32

	folded map[string]string // the sentences and subjects as the product folds them
}

// founded and present bound the life of the office: fixed days, so that every run makes the same rows.
func founded() time.Time { return time.Date(2018, time.January, 8, 8, 0, 0, 0, time.UTC) }

// opened is when the timeline begins; all customers were there by then.
func opened() time.Time { return founded().AddDate(1, 0, 0) }

func present() time.Time { return time.Date(2026, time.November, 1, 17, 0, 0, 0, time.UTC) }

// newOffice lays out who has how much: of two hundred customers one is large, with 500 to 1,300
// communications; most have about thirty or forty.
func newOffice(seed uint64, customers int) *office {
	o := &office{seed: seed, scale: scaleOf(customers), words: vocabulary()}
	d := roll(seed, anOffice, 0)
	o.id = d.id("org", founded())
	size, talk := make([]int, customers), make([]int, customers)
	for i := range customers {
		size[i], talk[i] = weights(roll(seed, anOwner, i))
	}
	o.contactsFrom, o.contactOwner = shared(o.scale.contacts, size)
	o.engagementsFrom, o.engagementOwner = shared(o.scale.engagements, size)
	_, o.communicationOwner = shared(o.scale.communications, talk)
	shuffle(o.communicationOwner, roll(seed, anOwner, customers))
	o.folded = make(map[string]string)
	for _, text := range append(o.words.sentences, o.words.subjects...) {
		o.folded[text] = crm.SearchFold(text)
	}
	o.ids()
	return o
}

// ids remembers what other rows refer to.
func (o *office) ids() {
	for i := range o.scale.users {
		o.users = append(o.users, o.user(i).id)
	}
	for i := range o.scale.customers {
		o.customers = append(o.customers, o.customer(i).id)
	}
	for j := range o.scale.contacts {
		o.contacts = append(o.contacts, o.contact(j).id)
	}
	for k := range o.scale.engagements {
		o.engagements = append(o.engagements, o.engagement(k).id)
	}
}

// weights tell how big a customer is, and how much is said with it.
func weights(d dice) (size, talk int) {
	switch n := d.below(200); {
	case n == 0:
		return d.between(20, 40), d.between(500, 1300)
	case n < 20:
		return d.between(6, 14), d.between(60, 120)
	}
	return d.between(3, 6), d.between(20, 40)
}

// shared divides a number of things by weight. It gives where the things of each begin, and the owner
// of each thing.
func shared(things int, weights []int) (from, owner []int32) {
	total := 0
	for _, w := range weights {
		total += w
	}
	from, owner = make([]int32, len(weights)+1), make([]int32, things)
	sum := 0
	for i, w := range weights {
		sum += w
		from[i+1] = int32(things * sum / total)
		for j := from[i]; j < from[i+1]; j++ {
			owner[j] = int32(i)
		}
	}
	return from, owner
}

func shuffle(all []int32, d dice) {
	for i := len(all) - 1; i > 0; i-- {
		j := d.below(i + 1)
		all[i], all[j] = all[j], all[i]
	}
}

// number gives the relation number of a customer.
func number(customer int) string { return strconv.Itoa(10001 + customer) }

// foldedAll folds the parts that are there, as the product keeps them for searching.
func foldedAll(parts ...string) string {
	there := make([]string, 0, len(parts))
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return crm.SearchFold(strings.Join(there, " "))
}

func joined(separator string, parts ...string) string {
	there := make([]string, 0, len(parts))
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return strings.Join(there, separator)
}

// orNull turns an empty text into NULL.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
