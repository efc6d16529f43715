package graph_test

import (
	"context"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
)

// TestWhoWasErasedIsNotTold has one client that is behind, and one that comes back, when a contact is anonymized.
func TestWhoWasErasedIsNotTold(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		behind := listen(cardStream, map[string]any{"card": string(customer)})
		begin := behind()
		prompt := listen(cardStream, map[string]any{"card": string(customer)})
		prompt()
		name := func(text string) graphql.Omittable[*string] { return graphql.OmittableOf(&text) }
		created, err := on.services.Contacts.Create(ctx, crm.CreateContactInput{CustomerID: customer, Fields: crm.ContactFields{LastName: name("Qxzvk")}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = on.services.Contacts.Update(ctx, crm.UpdateContactInput{ID: created.Contact.ID, ExpectedVersion: new(1), Patch: crm.ContactFields{LastName: name("Qxzvk-Jansen")}})
		if err != nil {
			t.Fatal(err)
		}
		if told := prompt(); told.Changes[len(told.Changes)-1].To == nil {
			t.Errorf("before it was erased nothing was told: %+v", told)
		}
		if _, err := on.services.Contacts.Anonymize(ctx, crm.AnonymizeContactInput{ID: created.Contact.ID, Reason: "Verzoek"}); err != nil {
			t.Fatal(err)
		}
		prompt() // the change, which may have been on its way
		if told := prompt(); told.Kind != "CONTACT_ANONYMIZED" {
			t.Errorf("told %s", told.Kind)
		}
		back := listen(cardStream, map[string]any{"card": string(customer), "after": begin.Position})
		back()
		for who, next := range map[string]func() *message{"who is behind": behind, "who comes back": back} {
			var kinds []string
			for i := range 3 {
				told := next()
				kinds = append(kinds, told.Kind)
				onItsWay := i == 0 && who == "who is behind" // a channel is one message ahead of its reader
				for _, change := range told.Changes {
					if !onItsWay && change.Field == "lastName" && (change.From != nil || change.To != nil) {
						t.Errorf("%s is told %v, %v of %s", who, change.From, change.To, told.Kind)
					}
				}
			}
			if !slices.Equal(kinds, []string{"CONTACT_CREATED", "CONTACT_UPDATED", "CONTACT_ANONYMIZED"}) {
				t.Errorf("%s is told %v", who, kinds)
			}
		}
	})
}
