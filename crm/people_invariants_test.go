package crm_test

import (
	"fmt"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// relate links two of the cards, or gives a link up.
func (p *player) relate() (err error) {
	switch p.random.IntN(4) {
	case 0:
		_, err = p.o.Relations.Remove(p.o.As(p.who), crm.RemoveCardRelationInput{ID: p.pick("card_relations", "1 = 1")})
	case 1:
		_, err = p.o.Relations.Update(p.o.As(p.who), crm.UpdateCardRelationInput{ID: p.pick("card_relations", "1 = 1"),
			Base: crm.CardRelationFields{Note: crmtest.Null[string]()}, Patch: crm.CardRelationFields{Note: crmtest.Text(fmt.Sprint(p.random.IntN(3)))}})
	default:
		_, err = p.o.Relations.Add(p.o.As(p.who), crm.AddCardRelationInput{FromID: p.customer(), ToID: p.customer(),
			Kind: []crm.CardRelationKind{crm.Mother, crm.Daughter, crm.Sister}[p.random.IntN(3)]})
	}
	return err
}

// employ changes what a contact does, and where.
func (p *player) employ() (err error) {
	contact := p.contactOf(p.customer())
	function := p.pick("contact_functions", "contact_id = '"+string(contact)+"'")
	switch p.random.IntN(7) {
	case 0:
		_, err = p.o.Contacts.EndFunction(p.o.As(p.who), crm.EndContactFunctionInput{ID: function})
	case 1:
		_, err = p.o.Contacts.RemoveFunction(p.o.As(p.who), crm.RemoveContactFunctionInput{ID: function})
	case 2:
		_, err = p.o.Contacts.UpdateFunction(p.o.As(p.who), crm.UpdateContactFunctionInput{ID: function, Base: &crm.ContactFunctionFields{IsPrimary: crmtest.Given(false)},
			Patch: crm.ContactFunctionFields{IsPrimary: crmtest.Given(true)}})
	case 3:
		_, err = p.o.Contacts.Move(p.o.As(p.who), crm.MoveContactInput{ID: contact, ToCustomerID: p.customer(), KeepEmail: p.random.IntN(2) == 0,
			Fields: &crm.ContactFields{Function: crmtest.Text("Verhuisd")}})
	case 4:
		_, err = p.o.Contacts.Restore(p.o.As(p.who), crm.RestoreContactInput{ID: contact})
	default:
		fields := crm.ContactFunctionFields{Title: crmtest.Text("Functie"), StartOn: crmtest.Given(p.day(-3, 3))}
		if p.random.IntN(2) == 0 {
			fields.IsPrimary = crmtest.Given(p.random.IntN(2) == 0)
		}
		_, err = p.o.Contacts.AddFunction(p.o.As(p.who), crm.AddContactFunctionInput{ContactID: contact, Fields: fields})
	}
	return err
}

// edge is a mother and her daughter, or two sisters.
type edge struct{ from, to crm.ID }

// edges reads the relations of the office, by their stored kind.
func edges(t *testing.T, o *crmtest.Office, kind string) []edge {
	t.Helper()
	var rows []struct{ FromID, ToID crm.ID }
	err := o.DB.Read().NewSelect().Table("card_relations").Column("from_id", "to_id").
		Where("organization_id = ? AND kind = ?", o.ID, kind).OrderExpr("id").Scan(db.Everywhere(t.Context()), &rows)
	if err != nil {
		t.Fatal(err)
	}
	return each(rows, func(r struct{ FromID, ToID crm.ID }) edge { return edge{r.FromID, r.ToID} })
}

// checkForest says that every card has one mother at most, that nobody is an ancestor of herself, and that two
// cards are related once.
func checkForest(t *testing.T, o *crmtest.Office) {
	t.Helper()
	mothers, pairs := map[crm.ID]crm.ID{}, map[edge]bool{}
	for _, kind := range []string{"MOTHER_OF", "SISTER_OF"} {
		for _, e := range edges(t, o, kind) {
			pair := edge{min(e.from, e.to), max(e.from, e.to)}
			if pairs[pair] {
				t.Errorf("%v are related twice", pair)
			}
			pairs[pair] = true
			if kind != "MOTHER_OF" {
				continue
			}
			if mother, has := mothers[e.to]; has {
				t.Errorf("%s has two mothers, %s and %s", e.to, mother, e.from)
			}
			mothers[e.to] = e.from
		}
	}
	for card := range mothers {
		above, height := mothers[card], 0
		for ; above != "" && height <= len(mothers); height++ {
			above = mothers[above]
		}
		if above != "" {
			t.Errorf("%s stands above itself", card)
		}
	}
}

// checkFunctions says that a contact's function is that of its first one, and that a relation has one first
// contact.
func checkFunctions(t *testing.T, o *crmtest.Office) {
	t.Helper()
	firsts := map[crm.ID]*crm.ContactFunction{}
	for _, function := range ofOffice[*crm.ContactFunction](t, o) {
		if function.IsPrimary {
			if firsts[function.ContactID] != nil || function.EndOn != nil {
				t.Errorf("%s has two first functions, or one that has ended", function.ContactID)
			}
			firsts[function.ContactID] = function
		}
	}
	primaries := map[crm.ID]bool{}
	for _, contact := range ofOffice[*crm.Contact](t, o) {
		first := firsts[contact.ID]
		switch {
		case first == nil && contact.Function != nil:
			t.Errorf("%s has the function %s, and no first one", contact.ID, *contact.Function)
		case first != nil && (text(contact.Function) != first.Title || text(contact.Department) != text(first.Department)):
			t.Errorf("%s has the function %s at %s, the first one is %s at %s", contact.ID, text(contact.Function), text(contact.Department),
				first.Title, text(first.Department))
		}
		if contact.IsPrimary && primaries[contact.CustomerID] {
			t.Errorf("%s has two first contacts", contact.CustomerID)
		}
		primaries[contact.CustomerID] = primaries[contact.CustomerID] || contact.IsPrimary
	}
}

func text(t *string) string {
	if t == nil {
		return ""
	}
	return *t
}
