package crm_test

import (
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// goOn has a contact go on at another relation.
func goOn(o *crmtest.Office, name, to string, fields *crm.ContactFields) (*crm.MoveContactPayload, error) {
	return o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: o.Contact(name).ID, ToCustomerID: o.Customer(to).ID, Fields: fields})
}

func TestMoveContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("leaves what was said where it was, and tells both relations", func(t *testing.T) {
			before, head := o.Contact("Naima Bouzid"), o.Head()
			attention := must2(o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: before.ID, Text: "Belt liever", Level: "INFO"}))(t).Attention
			timeline := func(number string) []crm.ID {
				found := must2(o.Communications.OfCustomers(o.As(crmtest.Sanne), []crm.ID{o.Customer(number).ID}, crm.TimelineArgs{}, page.Args{}))(t)
				return nodeIDs(found[0].Nodes)
			}
			old, current := timeline(crmtest.Installatie), timeline(crmtest.Brouwer)
			answer := must2(goOn(o, "Naima Bouzid", crmtest.Brouwer, &crm.ContactFields{Function: crmtest.Text("Hoofd inkoop"), Email: crmtest.Text("n.bouzid@brouwer-zonen.example")}))(t)
			after := o.Contact("Naima Bouzid")
			equal(t, "id", after.ID, before.ID)
			equal(t, "relation", after.CustomerID, o.Customer(crmtest.Brouwer).ID)
			equal(t, "address", *after.Email, "n.bouzid@brouwer-zonen.example")
			sameList(t, "functions", functionsOf(t, o, after.ID), []string{"Hoofd inkoop*", "Inkoper inhuur+"})
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.LeadsKeepContact})
			sameList(t, "timeline of the old relation", timeline(crmtest.Installatie), old)
			sameList(t, "timeline of the new relation", timeline(crmtest.Brouwer), current)
			equal(t, "where the attention is", must2(o.Attentions.ByIDs(o.As(crmtest.Sanne), []crm.ID{attention.ID}))(t)[0].CustomerID, after.CustomerID)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.AttentionAddedEvent, crm.ContactMovedEvent, crm.ContactMovedEvent})
			equal(t, "told first", events[1].CustomerID, before.CustomerID)
			sameList(t, "what", events[1].ChangedFields(), []string{"customerId"})
			equal(t, "told second", events[2].CustomerID, after.CustomerID)
			sameList(t, "what", events[2].ChangedFields(), []string{"function", "department", "email"})
			equal(t, "version", after.Version, before.Version+3)
			hits := must2(o.Search.Find(o.As(crmtest.Ruben), "naima bouzid", nil, crm.ArchivedExclude, 5))(t)
			equal(t, "found as", hits[0].Subtitle, "Hoofd inkoop · Brouwer & Zonen Machinefabriek B.V.")
		})
		t.Run("clears what belonged to the desk, unless it is kept", func(t *testing.T) {
			write(t, o, "UPDATE invoicing_preferences SET attention_contact_id = NULL WHERE attention_contact_id = ?", o.Contact("Anja Brouwer-Ter Haar").ID)
			must2(goOn(o, "Anja Brouwer-Ter Haar", crmtest.Waterlanden, nil))(t)
			anja := o.Contact("Anja Brouwer-Ter Haar")
			if anja.Email != nil || anja.Function != nil || anja.Department != nil || anja.IsInvoiceContact {
				t.Errorf("%+v kept something", anja)
			}
			klaas := o.Contact("Klaas Brouwer")
			must2(o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: klaas.ID, ToCustomerID: o.Customer(crmtest.Waterlanden).ID, KeepEmail: true, KeepPhone: true}))(t)
			after := o.Contact("Klaas Brouwer")
			equal(t, "address", *after.Email, *klaas.Email)
			equal(t, "phone", *after.Phone, *klaas.Phone)
		})
		o.Signals()
		for _, one := range []struct {
			why, name, to string
			code          crm.ErrorCode
			path          []string
		}{
			{"while open requests or running projects name the contact", "Erik Jansen", crmtest.Brouwer, crm.ContactInUse, []string{"input", "id"}},
			{"to where the contact is", "Rik Scholten", crmtest.Brouwer, crm.BadInput, []string{"input", "toCustomerId"}},
			{"to an archived relation", "Rik Scholten", crmtest.Vastgoed, crm.CardArchived, []string{"input", "toCustomerId"}},
			{"an archived contact", "Piet Nijhuis", crmtest.Waterlanden, crm.CardArchived, nil},
			{"from an archived relation", "Gerard Lammers", crmtest.Waterlanden, crm.CardArchived, nil},
		} {
			t.Run("refuses "+one.why, func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := goOn(o, one.name, one.to, nil)
					if one.name == "Gerard Lammers" { // both are archived
						equal(t, "code", crm.FaultsOf(err)[0].Code, one.code)
						return
					}
					refused(t, err, one.code, one.path...)
				})
			})
		}
		t.Run("refuses an address that the new relation has, a relation that is not there, and another version", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := goOn(o, "Rik Scholten", crmtest.Waterlanden, &crm.ContactFields{Email: crmtest.Text("I.vandenberg@waterlanden.example")})
				refused(t, err, crm.DuplicateEmail, "input", "fields", "email")
				_, err = o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: o.Contact("Rik Scholten").ID, ToCustomerID: "cus_00000000000000000000000000"})
				refused(t, err, crm.NotFound, "input", "toCustomerId")
				_, err = o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: o.Contact("Rik Scholten").ID, ToCustomerID: o.Customer(crmtest.Waterlanden).ID, ExpectedVersion: new(1)})
				refused(t, err, crm.Conflict, "input", "expectedVersion")
			})
		})
		checkFunctions(t, o)
		checkVersions(t, o)
	})
}

// TestMovesAtOnce has contacts change places between two relations while colleagues work on them: nobody waits
// for ever, and nothing is lost.
func TestMovesAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		brouwer, linde := o.Customer(crmtest.Brouwer), o.Customer(crmtest.DeLinde)
		rik, anneke := o.Contact("Rik Scholten"), o.Contact("Karim Yildiz")
		for round := range 6 {
			there, here := linde.ID, brouwer.ID
			if round%2 == 1 {
				there, here = here, there
			}
			results := make(chan error, 4)
			go func() {
				_, err := o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: rik.ID, ToCustomerID: there})
				results <- err
			}()
			go func() {
				_, err := o.Contacts.Move(o.As(crmtest.Joris), crm.MoveContactInput{ID: anneke.ID, ToCustomerID: here})
				results <- err
			}()
			go func() {
				_, err := addFunction(o, rik.ID, crm.ContactFunctionFields{Title: crmtest.Text("Adviseur")})
				results <- err
			}()
			go func() {
				_, err := o.Attentions.Add(o.As(crmtest.Mila), crm.AddAttentionInput{CardID: anneke.ID, Text: "Let op", Level: "INFO"})
				results <- err
			}()
			for range 4 {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
			equal(t, "where one is", o.Contact("Rik Scholten").CustomerID, there)
			equal(t, "where the other is", o.Contact("Karim Yildiz").CustomerID, here)
			checkFunctions(t, o)
			checkVersions(t, o)
		}
		var stray int
		err := o.DB.Read().NewRaw("SELECT count(*) FROM attentions AS a JOIN contacts AS c ON c.id = a.card_id WHERE c.customer_id <> a.customer_id").Scan(db.Everywhere(t.Context()), &stray)
		if err != nil || stray > 0 {
			t.Errorf("%d attentions were left behind, %v", stray, err)
		}
	})
}

// TestLeavingWhileNamed has a contact leave while a request at a related card is about to name it.
func TestLeavingWhileNamed(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		hans := o.Contact("Hans Oudekerk")
		for range 6 {
			results := make(chan error, 2)
			go func() {
				_, err := o.Engagements.CreateRequest(o.As(crmtest.Sanne), crm.CreateRequestInput{CustomerID: o.Customer(crmtest.Installatie).ID,
					ContactID: hans.ID, Title: "Vraag", Openings: 1})
				results <- err
			}()
			go func() {
				_, err := o.Contacts.Archive(o.As(crmtest.Joris), crm.ArchiveContactInput{ID: hans.ID})
				results <- err
			}()
			refusals := 0
			for range 2 {
				if err := <-results; err != nil {
					refusals++
					if crm.FaultsOf(err) == nil {
						t.Error(err)
					}
				}
			}
			equal(t, "refusals", refusals, 1)
			write(t, o, "DELETE FROM invoicing_preferences WHERE engagement_id IN (SELECT id FROM engagements WHERE contact_id = ?)", hans.ID)
			write(t, o, "DELETE FROM engagements WHERE contact_id = ?", hans.ID)
			write(t, o, "UPDATE contacts SET archived_at = NULL WHERE id = ?", hans.ID)
		}
	})
}

// TestRecentContacts says what makes a contact one of the last changed: own data, function and archive, not
// that something was said.
func TestRecentContacts(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		brouwer := o.Customer(crmtest.Brouwer).ID
		first := func() string {
			t.Helper()
			recent := must2(o.Contacts.RecentOfCustomers(o.As(crmtest.Ruben), []crm.ID{brouwer}))(t)[0]
			equal(t, "how many", len(recent), 5)
			return recent[0].Name
		}
		o.Clock.Advance(time.Hour)
		must2(o.Communications.CreateContactMoment(o.As(crmtest.Sanne), crm.CreateContactMomentInput{CustomerID: brouwer, Kind: crm.NoteMoment, Channel: "PHONE",
			Subject: new("Gebeld"), ContactIds: []crm.ID{o.Contact("Jolanda Kamphuis").ID}}))(t)
		equal(t, "first after a conversation", first(), "Lisa Wolters")
		must2(o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: o.Contact("Jolanda Kamphuis").ID, Text: "Let op", Level: "INFO"}))(t)
		equal(t, "first after an attention", first(), "Lisa Wolters")
		must2(addFunction(o, o.Contact("Jolanda Kamphuis").ID, crm.ContactFunctionFields{Title: crmtest.Text("OR-lid")}))(t)
		equal(t, "first after a function", first(), "Jolanda Kamphuis")
		o.Clock.Advance(time.Minute)
		must2(updateContact(o, o.Contact("Mehmet Aydin"), crm.ContactFields{Notes: crmtest.Text("Parttime")}))(t)
		equal(t, "first after a note", first(), "Mehmet Aydin")
		o.Clock.Advance(time.Minute)
		must2(o.Contacts.Restore(o.As(crmtest.Sanne), crm.RestoreContactInput{ID: o.Contact("Piet Nijhuis").ID}))(t)
		equal(t, "first after the archive", first(), "Piet Nijhuis")
	})
}
