package crm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// addFunction gives a contact a function.
func addFunction(o *crmtest.Office, contact crm.ID, fields crm.ContactFunctionFields) (*crm.AddContactFunctionPayload, error) {
	return o.Contacts.AddFunction(o.As(crmtest.Sanne), crm.AddContactFunctionInput{ContactID: contact, Fields: fields})
}

// functionsOf are the functions of a contact in their order; the first one has a star, what has ended a cross.
func functionsOf(t *testing.T, o *crmtest.Office, contact crm.ID) []string {
	t.Helper()
	found := must2(o.Contacts.FunctionsOf(o.As(crmtest.Ruben), []crm.ID{contact}))(t)
	return each(found[0], func(f *crm.ContactFunction) string {
		switch {
		case f.IsPrimary:
			return f.Title + "*"
		case f.EndOn != nil:
			return f.Title + "+"
		}
		return f.Title
	})
}

func function(t *testing.T, o *crmtest.Office, contact crm.ID, title string) *crm.ContactFunction {
	t.Helper()
	for _, f := range must2(o.Contacts.FunctionsOf(o.As(crmtest.Ruben), []crm.ID{contact}))(t)[0] {
		if f.Title == title {
			return f
		}
	}
	t.Fatalf("nobody is %s", title)
	return nil
}

func TestContactFunctions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		erik := o.Contact("Erik Jansen")
		role := o.Lookup(crm.ContactRoleList, "Beslisser").ID
		t.Run("are added beside the first one, and show with what they are", func(t *testing.T) {
			o.Clock.Advance(time.Minute)
			head, before := o.Head(), o.Contact("Erik Jansen")
			answer := must2(addFunction(o, erik.ID, crm.ContactFunctionFields{Title: crmtest.Text(" Preventiemedewerker "), Department: crmtest.Text("HR"),
				RoleID: crmtest.Given(role), StartOn: crmtest.Given(crm.Date("2026-01-01"))}))(t)
			equal(t, "title", answer.Function.Title, "Preventiemedewerker")
			equal(t, "first", answer.Function.IsPrimary, false)
			equal(t, "current", answer.Function.IsCurrent(), true)
			sameList(t, "functions", functionsOf(t, o, erik.ID), []string{"Projectdirecteur*", "Preventiemedewerker"})
			after := o.Contact("Erik Jansen")
			equal(t, "function of the contact", *after.Function, "Projectdirecteur")
			equal(t, "version", after.Version, before.Version+1)
			equal(t, "last changed", after.UpdatedAt.Equal(o.Clock.Now()), true)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ContactFunctionAddedEvent})
			sameList(t, "changed fields", events[0].ChangedFields(), []string{"functions"})
			equal(t, "which", events[0].Changes[0].To.(map[string]any)["id"], any(string(answer.Function.ID)))
		})
		t.Run("take the place of the first one", func(t *testing.T) {
			head := o.Head()
			must2(addFunction(o, erik.ID, crm.ContactFunctionFields{Title: crmtest.Text("Directeur"), IsPrimary: crmtest.Given(true)}))(t)
			sameList(t, "functions", functionsOf(t, o, erik.ID), []string{"Directeur*", "Preventiemedewerker", "Projectdirecteur"})
			equal(t, "function of the contact", *o.Contact("Erik Jansen").Function, "Directeur")
			sameList(t, "changed fields", o.LogAfter(head)[0].ChangedFields(), []string{"functions", "function"})
			hits := must2(o.Search.Find(o.As(crmtest.Ruben), "erik jansen", nil, crm.ArchivedExclude, 5))(t)
			equal(t, "found as", hits[0].Subtitle, "Directeur · Van der Velde Installatietechniek B.V.")
		})
		t.Run("are mended, and the contact's function with them", func(t *testing.T) {
			directeur := function(t, o, erik.ID, "Directeur")
			answer := must2(o.Contacts.UpdateFunction(o.As(crmtest.Sanne), crm.UpdateContactFunctionInput{ID: directeur.ID,
				Base:  &crm.ContactFunctionFields{Title: crmtest.Text("Directeur"), Department: crmtest.Null[string]()},
				Patch: crm.ContactFunctionFields{Title: crmtest.Text("Adjunct-directeur"), Department: crmtest.Text("Directie")}}))(t)
			equal(t, "title", answer.Function.Title, "Adjunct-directeur")
			equal(t, "function of the contact", *o.Contact("Erik Jansen").Function, "Adjunct-directeur")
			equal(t, "department of the contact", *o.Contact("Erik Jansen").Department, "Directie")
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Contacts.UpdateFunction(o.As(crmtest.Joris), crm.UpdateContactFunctionInput{ID: directeur.ID,
					Base: &crm.ContactFunctionFields{Title: crmtest.Text("Directeur")}, Patch: crm.ContactFunctionFields{Title: crmtest.Text("Baas")}})
				refused(t, err, crm.Conflict, "input", "patch")
				_, err = o.Contacts.UpdateFunction(o.As(crmtest.Joris), crm.UpdateContactFunctionInput{ID: directeur.ID, Patch: crm.ContactFunctionFields{Title: crmtest.Text("Baas")}})
				refused(t, err, crm.BadInput, "input")
				_, err = o.Contacts.UpdateFunction(o.As(crmtest.Joris), crm.UpdateContactFunctionInput{ID: directeur.ID, ExpectedVersion: new(1),
					Patch: crm.ContactFunctionFields{Title: crmtest.Text("Baas")}})
				refused(t, err, crm.Conflict, "input", "expectedVersion")
			})
		})
		t.Run("end, and leave the first place to the one that the contact has longest", func(t *testing.T) {
			head := o.Head()
			must2(o.Contacts.EndFunction(o.As(crmtest.Sanne), crm.EndContactFunctionInput{ID: function(t, o, erik.ID, "Adjunct-directeur").ID}))(t)
			sameList(t, "functions", functionsOf(t, o, erik.ID), []string{"Projectdirecteur*", "Preventiemedewerker", "Adjunct-directeur+"})
			equal(t, "function of the contact", *o.Contact("Erik Jansen").Function, "Projectdirecteur")
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ContactFunctionEndedEvent})
		})
		t.Run("are history once they have ended", func(t *testing.T) {
			ended := function(t, o, erik.ID, "Adjunct-directeur")
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Contacts.EndFunction(o.As(crmtest.Sanne), crm.EndContactFunctionInput{ID: ended.ID})
				refused(t, err, crm.FunctionEnded, "input", "id")
				_, err = o.Contacts.UpdateFunction(o.As(crmtest.Sanne), crm.UpdateContactFunctionInput{ID: ended.ID, Base: &crm.ContactFunctionFields{},
					Patch: crm.ContactFunctionFields{IsPrimary: crmtest.Given(true)}})
				refused(t, err, crm.FunctionEnded, "input", "id")
			})
		})
		t.Run("are removed when they were a mistake", func(t *testing.T) {
			mistake := function(t, o, erik.ID, "Projectdirecteur")
			must2(o.Contacts.RemoveFunction(o.As(crmtest.Sanne), crm.RemoveContactFunctionInput{ID: mistake.ID}))(t)
			sameList(t, "functions", functionsOf(t, o, erik.ID), []string{"Preventiemedewerker*", "Adjunct-directeur+"})
			equal(t, "function of the contact", *o.Contact("Erik Jansen").Function, "Preventiemedewerker")
			_, err := o.Contacts.RemoveFunction(o.As(crmtest.Sanne), crm.RemoveContactFunctionInput{ID: mistake.ID})
			refused(t, err, crm.NotFound, "input", "id")
		})
		checkFunctions(t, o)
	})
}

func TestContactFunctionsRefused(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		erik := o.Contact("Erik Jansen")
		for _, one := range []struct {
			why    string
			fields crm.ContactFunctionFields
			want   string
		}{
			{"one without a title", crm.ContactFunctionFields{Department: crmtest.Text("HR")}, "BAD_INPUT input.fields.title"},
			{"a title that is too long", crm.ContactFunctionFields{Title: crmtest.Text(strings.Repeat("x", 101))}, "BAD_INPUT input.fields.title"},
			{"a role that is none", crm.ContactFunctionFields{Title: crmtest.Text("x"), RoleID: crmtest.Given(o.Lookup(crm.SectorList, "Bouw").ID)}, "NOT_FOUND input.fields.roleId"},
			{"a first one that is still to begin", crm.ContactFunctionFields{Title: crmtest.Text("x"), StartOn: crmtest.Given(crm.Date("2027-01-01")), IsPrimary: crmtest.Given(true)},
				"BAD_INPUT input.fields.isPrimary"},
		} {
			t.Run("are not "+one.why, func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := addFunction(o, erik.ID, one.fields)
					sameList(t, "faults", faultsOf(err), []string{one.want})
				})
			})
		}
		t.Run("have a role that is in use, or the one they had", func(t *testing.T) {
			role := o.Lookup(crm.ContactRoleList, "Beslisser").ID
			added := must2(addFunction(o, erik.ID, crm.ContactFunctionFields{Title: crmtest.Text("Raadslid"), RoleID: crmtest.Given(role)}))(t).Function
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE id = ?", role)
			_, err := addFunction(o, erik.ID, crm.ContactFunctionFields{Title: crmtest.Text("x"), RoleID: crmtest.Given(role)})
			refused(t, err, crm.LookupInactive, "input", "fields", "roleId")
			must2(o.Contacts.UpdateFunction(o.As(crmtest.Sanne), crm.UpdateContactFunctionInput{ID: added.ID, Base: &crm.ContactFunctionFields{Title: crmtest.Text("Raadslid")},
				Patch: crm.ContactFunctionFields{Title: crmtest.Text("Oud-raadslid")}}))(t)
		})
		t.Run("end between their beginning and today", func(t *testing.T) {
			late := must2(addFunction(o, erik.ID, crm.ContactFunctionFields{Title: crmtest.Text("Laat"), StartOn: crmtest.Given(crm.Date("2026-11-01"))}))(t).Function
			o.Signals()
			changesNothing(t, o, func() {
				for _, on := range []crm.Date{"2026-10-31", "2026-11-24"} {
					_, err := o.Contacts.EndFunction(o.As(crmtest.Sanne), crm.EndContactFunctionInput{ID: late.ID, EndOn: &on})
					refused(t, err, crm.BadInput, "input", "endOn")
				}
			})
		})
		t.Run("are not given to who is archived, or at an archived relation, or not there", func(t *testing.T) {
			for _, name := range []string{"Piet Nijhuis", "Gerard Lammers"} {
				_, err := addFunction(o, o.Contact(name).ID, crm.ContactFunctionFields{Title: crmtest.Text("x")})
				refused(t, err, crm.CardArchived)
			}
			_, err := addFunction(o, "con_00000000000000000000000000", crm.ContactFunctionFields{Title: crmtest.Text("x")})
			refused(t, err, crm.NotFound, "input", "contactId")
		})
		t.Run("are at most fifty", func(t *testing.T) {
			naima := o.Contact("Naima Bouzid").ID
			for i := range 49 {
				must2(addFunction(o, naima, crm.ContactFunctionFields{Title: crmtest.Text(fmt.Sprint("Functie ", i))}))(t)
			}
			_, err := addFunction(o, naima, crm.ContactFunctionFields{Title: crmtest.Text("x")})
			refused(t, err, crm.LimitExceeded, "input", "contactId")
		})
	})
}

func TestFunctionOfTheContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		brouwer := o.Customer(crmtest.Brouwer).ID
		t.Run("given at creation is the first function", func(t *testing.T) {
			contact := must2(newContact(o, brouwer, crm.ContactFields{LastName: crmtest.Text("Nieuw"), Function: crmtest.Text("Chauffeur")}))(t).Contact
			sameList(t, "functions", functionsOf(t, o, contact.ID), []string{"Chauffeur*"})
		})
		t.Run("changes the first function, and ends it when it is cleared", func(t *testing.T) {
			contact := o.Contact("Rik Scholten")
			must2(updateContact(o, contact, crm.ContactFields{Function: crmtest.Text("Directeur"), Department: crmtest.Text("Directie")}))(t)
			sameList(t, "functions", functionsOf(t, o, contact.ID), []string{"Directeur*"})
			equal(t, "department", *function(t, o, contact.ID, "Directeur").Department, "Directie")
			must2(updateContact(o, o.Contact("Rik Scholten"), crm.ContactFields{Function: crmtest.Null[string]()}))(t)
			sameList(t, "functions", functionsOf(t, o, contact.ID), []string{"Directeur+"})
			equal(t, "department", *o.Contact("Rik Scholten").Department, "Directie")
		})
		t.Run("gives its first function the department that the contact had", func(t *testing.T) {
			contact := must2(newContact(o, brouwer, crm.ContactFields{LastName: crmtest.Text("Wacht"), Department: crmtest.Text("Techniek")}))(t).Contact
			sameList(t, "functions", functionsOf(t, o, contact.ID), nil)
			added := must2(addFunction(o, contact.ID, crm.ContactFunctionFields{Title: crmtest.Text("Monteur")}))(t)
			equal(t, "department", *added.Function.Department, "Techniek")
			equal(t, "function", *added.Contact.Function, "Monteur")
		})
		t.Run("is not one that is still to begin", func(t *testing.T) {
			contact := must2(newContact(o, brouwer, crm.ContactFields{LastName: crmtest.Text("Straks")}))(t).Contact
			added := must2(addFunction(o, contact.ID, crm.ContactFunctionFields{Title: crmtest.Text("Monteur"), StartOn: crmtest.Given(crm.Date("2027-01-01"))}))(t)
			equal(t, "first", added.Function.IsPrimary, false)
			equal(t, "current", added.Function.IsCurrent(), false)
		})
		checkFunctions(t, o)
	})
}

func TestFirstContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("makes place for another, who is told so", func(t *testing.T) {
			head := o.Head()
			must2(updateContact(o, o.Contact("Naima Bouzid"), crm.ContactFields{IsPrimary: crmtest.Given(true)}))(t)
			equal(t, "the first before", o.Contact("Erik Jansen").IsPrimary, false)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ContactUpdatedEvent, crm.ContactUpdatedEvent})
			equal(t, "who makes place", events[0].CardID, o.Contact("Erik Jansen").ID)
		})
		t.Run("makes place for a new one, and for nobody by leaving", func(t *testing.T) {
			contact := must2(newContact(o, o.Customer(crmtest.Installatie).ID, crm.ContactFields{LastName: crmtest.Text("Eerste"), IsPrimary: crmtest.Given(true)}))(t).Contact
			equal(t, "the first before", o.Contact("Naima Bouzid").IsPrimary, false)
			must2(o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: contact.ID}))(t)
			equal(t, "first in the archive", o.Contact("Eerste").IsPrimary, false)
		})
		checkFunctions(t, o)
	})
}

func TestContactPersonFields(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		brouwer := o.Customer(crmtest.Brouwer).ID
		t.Run("keep the partner's name, LinkedIn, the channel and the way to write", func(t *testing.T) {
			contact := must2(newContact(o, brouwer, crm.ContactFields{FirstName: crmtest.Text("Els"), LastName: crmtest.Text("Vries"), Prefix: crmtest.Text("de"),
				PartnerName: crmtest.Text("Jong"), PartnerPrefix: crmtest.Text("de"), NameUse: crmtest.Given(crm.PartnerFirst),
				LinkedIn: crmtest.Text("linkedin.com/in/els"), PreferredChannelID: crmtest.Given(o.Lookup(crm.PreferredChannelList, "Telefoon").ID),
				SalutationStyle: crmtest.Given(crm.InformalSalutation)}))(t).Contact
			equal(t, "name", contact.Name, "Els de Jong-de Vries")
			equal(t, "sort key", contact.SortKey, "jong-de vries de els")
			equal(t, "LinkedIn", *contact.LinkedIn, "https://linkedin.com/in/els")
			equal(t, "salutation", contact.Salutation(), "Beste Els")
		})
		t.Run("warn of someone of the same name at the relation", func(t *testing.T) {
			answer := must2(newContact(o, brouwer, crm.ContactFields{Initials: crmtest.Text("R."), FirstName: crmtest.Text("rik"), LastName: crmtest.Text("Schölten"), Mobile: crmtest.Text("0612345678")}))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.SameName})
			sameList(t, "contacts", cardIDs(answer.Warnings[0].Cards), []crm.ID{o.Contact("Rik Scholten").ID})
		})
		t.Run("warn of someone who may be the same, as far as first names do not tell", func(t *testing.T) {
			for _, one := range []struct {
				first, initials *string
				isWarned        bool
			}{{new("Ria"), new("R."), false}, {nil, new("K."), false}, {new("Rik"), nil, true}, {nil, nil, true}, {nil, new("R.J."), true}} {
				answer := must2(newContact(o, brouwer, crm.ContactFields{LastName: crmtest.Text("Scholten"), Mobile: crmtest.Text("0612345678"),
					FirstName: graphql.OmittableOf(one.first), Initials: graphql.OmittableOf(one.initials)}))(t)
				equal(t, "warned", slices.Contains(warningCodes(answer.Warnings), crm.SameName), one.isWarned)
			}
		})
		t.Run("refuse what is none", func(t *testing.T) {
			_, err := newContact(o, brouwer, crm.ContactFields{LastName: crmtest.Text("x"), NameUse: crmtest.Given(crm.OwnFirst), LinkedIn: crmtest.Text("https://linkedin.com.example/els"),
				SalutationOverride: crmtest.Text(strings.Repeat("x", 101)), PreferredChannelID: crmtest.Given(o.Lookup(crm.SectorList, "Bouw").ID)})
			sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.fields.salutationOverride", "BAD_INPUT input.fields.linkedIn",
				"BAD_INPUT input.fields.partnerName", "NOT_FOUND input.fields.preferredChannelId"})
		})
	})
}
