package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// TestTextsOnOneLine types and pastes what does not belong in a name, a title or a subject.
func TestTextsOnOneLine(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		card := must2(o.Customers.Create(sanne, crm.CreateCustomerInput{Fields: crm.CustomerFields{
			Name: crmtest.Text(" Regel\none\t \u202eB.V.\u200b "), Notes: crmtest.Text("eerst\ndan")}}))(t).Customer
		equal(t, "name", card.Name, "Regel one B.V.")
		equal(t, "notes", *card.Notes, "eerst\ndan")
		contact := must2(o.Contacts.Create(sanne, crm.CreateContactInput{CustomerID: card.ID, Fields: crm.ContactFields{LastName: crmtest.Text("Ter\r\nHaar")}}))(t).Contact
		equal(t, "last name", *contact.LastName, "Ter Haar")
		mail := must2(o.Emails.Create(sanne, crm.CreateEmailInput{CustomerID: card.ID, Fields: crm.EmailFields{Subject: crmtest.Text("Hallo\r\nBcc: kwaad@elders.example")}}))(t).Email
		equal(t, "subject", mail.Subject, "Hallo Bcc: kwaad@elders.example")
	})
}

func TestSlipsOfTheKeys(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		changesNothing(t, o, func() {
			sanne := o.As(crmtest.Sanne)
			for _, country := range []string{"QQ", "ZZ", "N1", "NLD", "EU"} {
				_, err := o.Customers.Create(sanne, crm.CreateCustomerInput{Fields: crm.CustomerFields{Name: crmtest.Text("x"),
					VisitingAddress: crmtest.Given(crm.AddressInput{City: "X", Country: country})}})
				sameList(t, country, faultsOf(err), []string{"BAD_INPUT input.fields.visitingAddress.country"})
			}
			_, err := o.Contacts.Create(sanne, crm.CreateContactInput{CustomerID: o.Customer(crmtest.Groep).ID, Fields: crm.ContactFields{LastName: crmtest.Text("...")}})
			sameList(t, "a name of dots", faultsOf(err), []string{"BAD_INPUT input.fields.lastName"})
		})
	})
}

// TestTheSameBranch tells a branch that is on a card already from what only looks like one.
func TestTheSameBranch(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		known := o.Customer(crmtest.Installatie)
		known = must2(update(o, crmtest.Sanne, known, crm.CustomerFields{BranchNumber: crmtest.Text("000012345678")}))(t).Customer
		branch := crm.CustomerFields{Name: crmtest.Text("Heel Anders"), KvkNumber: optional(known.KvkNumber), BranchNumber: optional(known.BranchNumber)}
		other := must2(o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{IgnoreDuplicates: true, Fields: crm.CustomerFields{
			Name: crmtest.Text("Andere vestiging"), KvkNumber: branch.KvkNumber}}))(t).Customer
		o.Signals()
		changesNothing(t, o, func() {
			_, asked := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Fields: branch})
			_, insisted := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Fields: branch, IgnoreDuplicates: true})
			_, changed := update(o, crmtest.Sanne, other, crm.CustomerFields{BranchNumber: branch.BranchNumber})
			for _, err := range []error{asked, insisted, changed} {
				refused(t, err, crm.Duplicate, "input")
				fault := crm.FaultsOf(err)[0]
				equal(t, "text", fault.Text.EN, "This branch (KvK and branch number) is on another card already.")
				sameList(t, "cards", each(fault.Cards, crm.Card.NodeID), []crm.ID{known.ID})
			}
		})
	})
}

// TestPreferencesAreTheCardsOwn has a change of them count as a change of the card.
func TestPreferencesAreTheCardsOwn(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		before := o.Customer(crmtest.Groep)
		must2(stateAs(o, crmtest.Joris, before.ID, crm.InvoicingFields{SelfBilling: crmtest.Given(true)}))(t)
		after := o.Customer(crmtest.Groep)
		equal(t, "updated at", after.UpdatedAt.UTC(), o.Clock.Now())
		equal(t, "updated by", *after.UpdatedByID, o.Actor(crmtest.Joris).UserID)
		equal(t, "version", after.Version, before.Version+1)
	})
}

// TestLettersGoSomewhere refuses the post for a letter to a person without an address.
func TestLettersGoSomewhere(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne, card := o.As(crmtest.Sanne), prospect(t, o, "Zonder Adres B.V.").ID
		contact := must2(o.Contacts.Create(sanne, crm.CreateContactInput{CustomerID: card, Fields: crm.ContactFields{LastName: crmtest.Text("Vos")}}))(t).Contact.ID
		letter := must2(o.Documents.CreateLetter(sanne, crm.CreateLetterInput{CustomerID: card, ContactID: &contact, Subject: new("Dag"), Body: new("Hallo")}))(t).Letter.ID
		o.Signals()
		changesNothing(t, o, func() {
			_, err := o.Documents.Send(sanne, crm.SendDocumentInput{ID: letter, Channel: crm.ByPost})
			refused(t, err, crm.DraftIncomplete, "input", "channel")
		})
	})
}
