package crm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"klantkaart/db"
)

// checkDuplicates finds other cards that look like the same organisation: same KvK number, same VAT number, same mail or
// web domain, or same name at the same postcode. They refuse a creation, or are told as a warning. The same branch of the
// same KvK number is never on two cards.
func (tx *Tx) checkDuplicates(ctx context.Context, customer *Customer, ignore bool) error {
	like, err := tx.customersLike(ctx, customer)
	if err != nil || len(like) == 0 {
		return err
	}
	isSame := func(other *Customer) bool {
		return customer.KvkNumber != nil && customer.BranchNumber != nil && other.BranchNumber != nil &&
			deref(other.KvkNumber) == *customer.KvkNumber && *other.BranchNumber == *customer.BranchNumber
	}
	text := Text{
		NL: "Deze organisatie lijkt al op een kaart te staan.",
		EN: "This organisation seems to be on a card already."}
	if at := slices.IndexFunc(like, isSame); at >= 0 {
		fault := sameBranch()
		fault.Cards = []Card{like[at]}
		return fault
	}
	if !ignore {
		return &Error{Code: Duplicate, Path: []string{"input"}, Cards: asCards(like), Text: text}
	}
	tx.warn(PossibleDuplicate, text, asCards(like)...)
	return nil
}

// sameBranchAs turns the violated unique index on KvK and branch number into the user's error: another was first.
func sameBranchAs(err error) error {
	if !db.IsUnique(err, "customers_branch", "customers.organization_id, customers.kvk_number, customers.branch_number") {
		return err
	}
	return sameBranch()
}

// sameBranch refuses what no consent makes good: a branch is on one card.
func sameBranch() *Error {
	return &Error{Code: Duplicate, Path: []string{"input"}, Text: Text{
		NL: "Deze vestiging (KvK- en vestigingsnummer) staat al op een andere kaart.",
		EN: "This branch (KvK and branch number) is on another card already."}}
}

// warnOfDuplicates tells of other cards when something changed that they are found by.
func (tx *Tx) warnOfDuplicates(ctx context.Context, before, after *Customer) error {
	known := func(c *Customer) []string {
		return append([]string{bareName(c.Name), deref(c.KvkNumber), deref(c.BranchNumber), deref(c.VatID), deref(c.EmailDomain), deref(c.WebsiteDomain)}, c.postcodes()...)
	}
	if slices.Equal(known(before), known(after)) {
		return nil
	}
	return tx.checkDuplicates(ctx, after, true)
}

// maxAlike is how many cards are told that look like one.
const maxAlike = 10

func (tx *Tx) customersLike(ctx context.Context, customer *Customer) ([]*Customer, error) {
	c := &conditions{engine: tx.Engine()}
	for _, one := range []struct {
		column string
		value  *string
	}{{"t.kvk_number", customer.KvkNumber}, {"t.vat_id", customer.VatID}} {
		if one.value != nil {
			c.add(one.column+" = ?", *one.value)
		}
	}
	for _, domain := range []*string{ownDomain(customer.EmailDomain), ownDomain(customer.WebsiteDomain)} {
		if domain != nil {
			c.add("t.email_domain = ?", *domain)
			c.add("t.website_domain = ?", *domain)
		}
	}
	like, err := tx.otherCustomers(ctx, customer, c, maxAlike)
	if err != nil {
		return nil, err
	}
	namesakes, err := tx.namesakesOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	for _, one := range namesakes {
		if !slices.ContainsFunc(like, func(known *Customer) bool { return known.ID == one.ID }) {
			like = append(like, one)
		}
	}
	slices.SortFunc(like, func(a, b *Customer) int { return cmp.Or(cmp.Compare(a.NameKey, b.NameKey), cmp.Compare(a.ID, b.ID)) })
	return like[:min(len(like), maxAlike)], nil
}

// namesakesOf are the cards of the same name, but for its legal form, that share a postcode, of whichever address.
func (tx *Tx) namesakesOf(ctx context.Context, customer *Customer) ([]*Customer, error) {
	postcodes := customer.postcodes()
	if len(postcodes) == 0 {
		return nil, nil
	}
	c := &conditions{engine: tx.Engine()}
	c.add("t.name_key = ?", customer.NameKey)
	for _, postcode := range postcodes {
		c.add("t.postcode = ?", postcode)
	}
	near, err := tx.otherCustomers(ctx, customer, c, 200)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(near, func(other *Customer) bool {
		return bareName(other.Name) != bareName(customer.Name) ||
			!slices.ContainsFunc(other.postcodes(), func(postcode string) bool { return slices.Contains(postcodes, postcode) })
	}), nil
}

func (tx *Tx) otherCustomers(ctx context.Context, customer *Customer, either *conditions, most int) ([]*Customer, error) {
	if len(either.parts) == 0 {
		return nil, nil
	}
	looksAlike := all(either.parts, " OR ")
	found, err := db.Select[*Customer](ctx, tx.Conn, db.Selection{
		Table: "customers", Columns: db.Columns[*Customer](ctx, tx.Conn), Order: "t.name_key, t.id", Limit: most,
		Where: []db.Part{ofOrganization(tx.Actor.OrganizationID), {SQL: "t.id <> ?", Args: []any{string(customer.ID)}},
			{SQL: "(" + looksAlike.SQL + ")", Args: looksAlike.Args}},
	})
	if err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	return found, nil
}

// postcodes are those of the relation's addresses.
func (c *Customer) postcodes() []string {
	var all []string
	for _, address := range []*Address{c.VisitingAddress, c.PostalAddress} {
		if address != nil && address.Postcode != nil {
			all = append(all, *address.Postcode)
		}
	}
	return all
}

// bareName is a name without its legal form, and with "en" as little as "&".
func bareName(name string) string {
	words := strings.FieldsFunc(strings.ReplaceAll(fold(name), ".", ""), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(slices.DeleteFunc(words, func(word string) bool {
		switch word {
		case "bv", "nv", "vof", "cv", "ba", "ua", "gmbh", "ltd", "en":
			return true
		}
		return false
	}), " ")
}

// ownDomain leaves out the domains that say nothing about who someone is.
func ownDomain(domain *string) *string {
	if domain == nil {
		return nil
	}
	switch *domain {
	case "gmail.com", "hotmail.com", "outlook.com", "live.nl", "icloud.com", "ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl", "home.nl", "hetnet.nl":
		return nil
	}
	return domain
}
