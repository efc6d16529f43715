package crm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// prospect makes a relation with just a name.
func prospect(t *testing.T, o *crmtest.Office, name string) *crm.Customer {
	t.Helper()
	return create(t, o, crm.Prospect, crm.CustomerFields{Name: crmtest.Text(name)})
}

// create makes a relation.
func create(t *testing.T, o *crmtest.Office, stage crm.CustomerStage, fields crm.CustomerFields) *crm.Customer {
	t.Helper()
	answer, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: stage, Fields: fields})
	return must(t, answer, err).Customer
}

// update changes a relation from a version on.
func update(o *crmtest.Office, who string, customer *crm.Customer, patch crm.CustomerFields) (*crm.UpdateCustomerPayload, error) {
	return o.Customers.Update(o.As(who), crm.UpdateCustomerInput{ID: customer.ID, ExpectedVersion: &customer.Version, Patch: patch})
}

// archive takes a relation out of daily use.
func archive(o *crmtest.Office, id crm.ID) (*crm.ArchiveCustomerPayload, error) {
	return o.Customers.Archive(o.As(crmtest.Sanne), crm.ArchiveCustomerInput{ID: id, Reason: new("Opgeheven")})
}

func TestCreateCustomer(t *testing.T) {
	t.Parallel()
	t.Run("makes a prospect with the next number and no debtor number", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			customer := prospect(t, o, "  Kwekerij De Tuin  ")
			stored := o.Customer("10009")
			equal(t, "id", stored.ID, customer.ID)
			equal(t, "name", stored.Name, "Kwekerij De Tuin")
			equal(t, "stage", stored.Stage, crm.Prospect)
			equal(t, "version", stored.Version, 1)
			equal(t, "debtor number", stored.DebtorNumber, nil)
			equal(t, "customer since", stored.CustomerSince, nil)
			equal(t, "language", stored.Language, crm.LanguageNL)
			equal(t, "author", *stored.CreatedByID, o.Actor(crmtest.Sanne).UserID)
		})
	})
	t.Run("makes a customer since today in Amsterdam, with a debtor number", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			o.Clock.Set(time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)) // half past twelve at night there
			customer := create(t, o, crm.Client, crm.CustomerFields{Name: crmtest.Text("Nachtwerk B.V.")})
			equal(t, "customer since", *customer.CustomerSince, "2026-11-24")
			equal(t, "debtor number", *customer.DebtorNumber, "130007")
		})
	})
	t.Run("writes one event with every field that was given, and signals after the commit", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head := o.Head()
			answer, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{
				Name: crmtest.Text("Kwekerij"), Phone: crmtest.Text("010-1234567"), GAccountPercentage: crmtest.Given(crm.Decimal(25_00))}})
			customer := must(t, answer, err).Customer
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.CustomerCreatedEvent})
			changed := map[string]any{}
			for _, change := range events[0].Changes {
				changed[change.Field] = change.To
			}
			equal(t, "name", changed["name"], any("Kwekerij"))
			equal(t, "phone", changed["phone"], any("+31101234567"))
			equal(t, "percentage", changed["gAccountPercentage"], any("25.00"))
			equal(t, "position in the answer", answer.Position, events[0].Position())
			signals := o.Signals()
			equal(t, "number of signals", len(signals), 1)
			equal(t, "position of the signal", signals[0].Position, head+1)
			sameList(t, "topics", signals[0].Topics, []crm.ID{customer.ID})
		})
	})
	t.Run("tells all faults at once, each with its path, and writes nothing", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			changesNothing(t, o, func() {
				_, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{
					KvkNumber: crmtest.Text("123"), VatID: crmtest.Text("NL123"), Email: crmtest.Text("geen adres"),
					VisitingAddress:  crmtest.Given(crm.AddressInput{Street: new("Weg"), HouseNumber: new("1"), Postcode: new("0123 AB"), City: "Delft", Country: "NL"}),
					AccountManagerID: crmtest.Given(crm.ID("usr_0000000000000000000000000w")),
				}})
				got := each(crm.FaultsOf(err), func(e *crm.Error) string { return fmt.Sprint(e.Code, " ", strings.Join(e.Path, ".")) })
				sameList(t, "faults", got, []string{
					"BAD_INPUT input.fields.name", "BAD_INPUT input.fields.kvkNumber", "BAD_INPUT input.fields.vatId",
					"BAD_INPUT input.fields.visitingAddress.postcode", "BAD_INPUT input.fields.email", "NOT_FOUND input.fields.accountManagerId"})
			})
		})
	})
	t.Run("refuses a name of blanks", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			_, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Fields: crm.CustomerFields{Name: crmtest.Text(" \t ")}})
			refused(t, err, crm.BadInput, "input", "fields", "name")
		})
	})
}

func TestDuplicateCustomer(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, one := range []struct {
			name   string
			fields crm.CustomerFields
		}{
			{"the same KvK number", crm.CustomerFields{Name: crmtest.Text("Anders B.V."), KvkNumber: crmtest.Text("0090 0102")}},
			{"the same VAT number", crm.CustomerFields{Name: crmtest.Text("Anders B.V."), VatID: crmtest.Text("nl 9000.00028.B01")}},
			{"the same mail domain", crm.CustomerFields{Name: crmtest.Text("Anders B.V."), Email: crmtest.Text("sales@VDV-installatie.example")}},
			{"the same web domain", crm.CustomerFields{Name: crmtest.Text("Anders B.V."), Website: crmtest.Text("http://www.VDV-installatie.example:8080/x?y")}},
			{"the same name but for its form, at the postcode of its post", crm.CustomerFields{Name: crmtest.Text("Van der Velde Installatietechniek BV"),
				PostalAddress: crmtest.Given(crm.AddressInput{Street: new("Stadionweg"), HouseNumber: new("9"), Postcode: new("3077 AS"), City: "Rotterdam", Country: "NL"})}},
			{"the same name at the same postcode", crm.CustomerFields{Name: crmtest.Text("van der velde INSTALLATIETECHNIEK b.v."),
				VisitingAddress: crmtest.Given(crm.AddressInput{Street: new("Stadionweg"), HouseNumber: new("9"), Postcode: new("3077as"), City: "Rotterdam", Country: "nl"})}},
		} {
			t.Run("refuses "+one.name+", and names the card", func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: crm.Prospect, Fields: one.fields})
					fault := refusal(t, err, crm.Duplicate, "input")
					sameList(t, "cards", cardIDs(fault.Cards), []crm.ID{o.Customer(crmtest.Installatie).ID})
				})
			})
		}
		t.Run("lets it pass with a warning when asked to ignore it", func(t *testing.T) {
			answer, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: crm.Prospect, IgnoreDuplicates: true,
				Fields: crm.CustomerFields{Name: crmtest.Text("Tweede kaart"), KvkNumber: crmtest.Text("00900102")}})
			warnings := must(t, answer, err).Warnings
			equal(t, "number of warnings", len(warnings), 1)
			equal(t, "warning", warnings[0].Code, crm.PossibleDuplicate)
			sameList(t, "cards", cardIDs(warnings[0].Cards), []crm.ID{o.Customer(crmtest.Installatie).ID})
		})
		t.Run("warns of a card that comes to look like another", func(t *testing.T) {
			ten := create(t, o, crm.Prospect, crm.CustomerFields{Name: crmtest.Text("Tien")})
			answer := must2(update(o, crmtest.Sanne, ten, crm.CustomerFields{VatID: crmtest.Text("NL900000028B01")}))(t)
			sameList(t, "cards", cardIDs(answer.Warnings[0].Cards), []crm.ID{o.Customer(crmtest.Installatie).ID})
			again := must2(update(o, crmtest.Sanne, answer.Customer, crm.CustomerFields{Phone: crmtest.Text("010 1234567")}))(t)
			equal(t, "warnings when nothing of it changed", len(again.Warnings), 0)
		})
		t.Run("takes no notice of mail providers", func(t *testing.T) {
			for _, name := range []string{"Een", "Twee"} {
				create(t, o, crm.Prospect, crm.CustomerFields{Name: crmtest.Text(name), Email: crmtest.Text(name + "@gmail.com")})
			}
		})
		t.Run("refuses the same branch twice, whatever is ignored", func(t *testing.T) {
			input := crm.CreateCustomerInput{Stage: crm.Prospect, IgnoreDuplicates: true, Fields: crm.CustomerFields{
				Name: crmtest.Text("Vestiging"), KvkNumber: crmtest.Text("00900150"), BranchNumber: crmtest.Text("000012345678")}}
			_, err := o.Customers.Create(o.As(crmtest.Sanne), input)
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.Customers.Create(o.As(crmtest.Sanne), input)
			equal(t, "cards", len(refusal(t, err, crm.Duplicate, "input").Cards), 1)
		})
		t.Run("does not see the neighbour's cards", func(t *testing.T) {
			n := o.Neighbour()
			create(t, o, crm.Prospect, crm.CustomerFields{Name: crmtest.Text(n.CardName), KvkNumber: crmtest.Text("00900199")})
		})
	})
}

func cardIDs(cards []crm.Card) []crm.ID {
	return each(cards, func(c crm.Card) crm.ID { return c.NodeID() })
}

func TestUpdateCustomer(t *testing.T) {
	t.Parallel()
	t.Run("sets what is given, clears what is null, leaves what is absent", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			before := o.Customer(crmtest.Groep)
			o.Clock.Advance(time.Hour)
			answer, err := update(o, crmtest.Joris, before, crm.CustomerFields{Phone: crmtest.Null[string](), TradeName: crmtest.Text("De Groep")})
			must(t, answer, err)
			after := o.Customer(crmtest.Groep)
			equal(t, "phone", after.Phone, nil)
			equal(t, "trade name", *after.TradeName, "De Groep")
			equal(t, "e-mail", *after.Email, *before.Email)
			equal(t, "version", after.Version, before.Version+1)
			equal(t, "changed by", *after.UpdatedByID, o.Actor(crmtest.Joris).UserID)
			equal(t, "changed at", after.UpdatedAt.UTC(), o.Clock.Now())
		})
	})
	t.Run("gives what cannot be empty its usual value when it is null", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.HanzeBouw), crm.CustomerFields{IsLargeEnterprise: crmtest.Null[bool](),
				IsGovernment: crmtest.Null[bool](), Language: crmtest.Null[crm.Language](), VatRegime: crmtest.Null[crm.VatRegime](), EmployeesCount: crmtest.Given(0)}))(t)
			after := o.Customer(crmtest.HanzeBouw)
			equal(t, "large", after.IsLargeEnterprise, false)
			equal(t, "government", after.IsGovernment, false)
			equal(t, "language", after.Language, crm.LanguageNL)
			equal(t, "VAT", after.VatRegime, "STANDARD_21")
			equal(t, "employees", *after.EmployeesCount, 0)
			contact := o.Contact("Stefan ten Brinke")
			must2(updateContact(o, contact, crm.ContactFields{Gender: crmtest.Null[crm.Gender](), Language: crmtest.Null[crm.Language](), IsPrimary: crmtest.Null[bool](),
				IsInvoiceContact: crmtest.Null[bool](), MailingOptOut: crmtest.Null[bool]()}))(t)
			contact = o.Contact("Stefan ten Brinke")
			equal(t, "gender", contact.Gender, "UNKNOWN")
			equal(t, "language of the contact", contact.Language, crm.LanguageNL)
			equal(t, "marks", contact.IsPrimary || contact.IsInvoiceContact || contact.MailingOptOut, false)
		})
	})
	t.Run("logs old and new value of what changed", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, before := o.Head(), o.Customer(crmtest.Groep)
			must2(update(o, crmtest.Sanne, before, crm.CustomerFields{Sector: crmtest.Text("Vastgoed"), Name: crmtest.Given(before.Name)}))(t)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.CustomerUpdatedEvent})
			sameList(t, "changes", events[0].Changes, []crm.FieldChange{{Field: "sector", From: "Holding", To: "Vastgoed"}})
		})
	})
	t.Run("makes no new version of a patch that changes nothing", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			before := o.Customer(crmtest.Groep)
			for _, patch := range []crm.CustomerFields{{}, {Phone: crmtest.Text("015 - 000 11 00")}} {
				changesNothing(t, o, func() {
					answer := must2(update(o, crmtest.Sanne, before, patch))(t)
					equal(t, "version", answer.Customer.Version, before.Version)
					equal(t, "position", answer.Position.Number, o.Head())
				})
			}
		})
	})
	t.Run("wants to know what the change starts from", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			card := o.Customer(crmtest.Groep)
			patch := crm.CustomerFields{Sector: crmtest.Text("Vastgoed")}
			_, err := o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: card.ID, Patch: patch})
			refused(t, err, crm.BadInput, "input")
			for _, version := range []int{0, -1, card.Version + 1} {
				_, err := o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: card.ID, ExpectedVersion: &version, Patch: patch})
				refused(t, err, crm.BadInput, "input", "expectedVersion")
			}
		})
	})
	t.Run("refuses a required field that is cleared", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			_, err := update(o, crmtest.Sanne, o.Customer(crmtest.Groep), crm.CustomerFields{Name: crmtest.Null[string]()})
			refused(t, err, crm.BadInput, "input", "patch", "name")
		})
	})
	t.Run("refuses an archived card", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			changesNothing(t, o, func() {
				_, err := update(o, crmtest.Sanne, o.Customer(crmtest.Vastgoed), crm.CustomerFields{Sector: crmtest.Text("Zorg")})
				refused(t, err, crm.CardArchived, "input")
			})
		})
	})
}

// sameConflict says that a refusal has one conflict, and that a colleague saved the other value just now.
func sameConflict(t *testing.T, o *crmtest.Office, fault *crm.Error, by string, want crm.FieldConflict) {
	t.Helper()
	equal(t, "number of conflicts", len(fault.Conflicts), 1)
	got := *fault.Conflicts[0]
	if got.ChangedByID == nil || got.ChangedAt == nil {
		t.Fatalf("nobody changed %s, at no time", got.Field)
	}
	equal(t, "colleague", *got.ChangedByID, o.Actor(by).UserID)
	equal(t, "moment", *got.ChangedAt, o.Clock.Now())
	got.ChangedByID, got.ChangedAt = nil, nil
	equal(t, "conflict", got, want)
}

func TestConflictsOfCustomer(t *testing.T) {
	t.Parallel()
	phone := crm.CustomerFields{Phone: crmtest.Text("+31101111111")}
	t.Run("passes changes of other fields side by side", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			must2(update(o, crmtest.Joris, seen, phone))(t)
			must2(update(o, crmtest.Sanne, seen, crm.CustomerFields{Sector: crmtest.Text("Vastgoed")}))(t)
			after := o.Customer(crmtest.Groep)
			equal(t, "phone", *after.Phone, "+31101111111")
			equal(t, "sector", *after.Sector, "Vastgoed")
			equal(t, "version", after.Version, seen.Version+2)
		})
	})
	t.Run("refuses the same field, and tells all three values", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			must2(update(o, crmtest.Joris, seen, phone))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := update(o, crmtest.Sanne, seen, crm.CustomerFields{Phone: crmtest.Text("+31102222222"), Sector: crmtest.Text("Vastgoed")})
				fault := refusal(t, err, crm.Conflict, "input", "patch")
				equal(t, "current version", *fault.CurrentVersion, seen.Version+1)
				sameConflict(t, o, fault, crmtest.Joris, crm.FieldConflict{Field: "phone", Base: *seen.Phone, Theirs: "+31101111111", Mine: "+31102222222"})
			})
		})
	})
	t.Run("tells the value of the version that was seen, not of one in between", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			must2(update(o, crmtest.Joris, seen, phone))(t)
			must2(update(o, crmtest.Joris, o.Customer(crmtest.Groep), crm.CustomerFields{Phone: crmtest.Null[string]()}))(t)
			_, err := update(o, crmtest.Sanne, seen, crm.CustomerFields{Phone: crmtest.Text("+31102222222")})
			fault := refusal(t, err, crm.Conflict)
			sameConflict(t, o, fault, crmtest.Joris, crm.FieldConflict{Field: "phone", Base: *seen.Phone, Theirs: nil, Mine: "+31102222222"})
		})
	})
	t.Run("says who saved the value last, whatever happened to the card since", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			must2(update(o, crmtest.Joris, seen, phone))(t)
			o.Clock.Advance(time.Hour)
			must2(update(o, crmtest.Mila, o.Customer(crmtest.Groep), crm.CustomerFields{Phone: crmtest.Text("+31103333333"), VisitingAddress: crmtest.Given(crm.AddressInput{City: "Gent", Country: "BE"})}))(t)
			saved := o.Clock.Now()
			o.Clock.Advance(time.Hour)
			must2(update(o, crmtest.Joris, o.Customer(crmtest.Groep), crm.CustomerFields{Notes: crmtest.Text(`{"field":"phone","from":1}`)}))(t)
			must2(attend(o, crmtest.Joris, seen.ID))(t)
			for _, patch := range []crm.CustomerFields{phone, {VisitingAddress: crmtest.Null[crm.AddressInput]()}} {
				_, err := update(o, crmtest.Sanne, seen, patch)
				one := refusal(t, err, crm.Conflict).Conflicts[0]
				equal(t, "colleague", *one.ChangedByID, o.Actor(crmtest.Mila).UserID)
				equal(t, "moment", *one.ChangedAt, saved)
			}
		})
	})
	t.Run("takes the same value as the colleague's for no conflict", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			must2(update(o, crmtest.Joris, seen, phone))(t)
			o.Signals()
			changesNothing(t, o, func() { must2(update(o, crmtest.Sanne, seen, phone))(t) })
		})
	})
	t.Run("is not disturbed by what hangs on the card", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			must2(o.Attentions.Add(o.As(crmtest.Joris), crm.AddAttentionInput{CardID: seen.ID, Text: "Let op", Level: "INFO"}))(t)
			must2(update(o, crmtest.Sanne, seen, phone))(t)
			equal(t, "version", o.Customer(crmtest.Groep).Version, seen.Version+2)
		})
	})
	t.Run("compares with the old values where they are stated", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			seen := o.Customer(crmtest.Groep)
			based := func(base, patch crm.CustomerFields) error {
				_, err := o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: seen.ID, Base: &base, Patch: patch})
				return err
			}
			old, mine := crm.CustomerFields{Phone: optional(seen.Phone)}, crm.CustomerFields{Phone: crmtest.Text("+31102222222")}
			if err := based(old, mine); err != nil {
				t.Fatalf("with the value as it is: %v", err)
			}
			fault := refusal(t, based(old, phone), crm.Conflict, "input", "patch")
			sameConflict(t, o, fault, crmtest.Sanne, crm.FieldConflict{Field: "phone", Base: *seen.Phone, Theirs: "+31102222222", Mine: "+31101111111"})
			sector := crm.CustomerFields{Sector: crmtest.Text("Vastgoed")}
			if err := based(crm.CustomerFields{Phone: optional(seen.Phone), Sector: optional(seen.Sector)}, sector); err != nil {
				t.Errorf("with another field that a colleague left alone: %v", err)
			}
			if err := based(old, mine); err != nil {
				t.Errorf("with the value that is there already: %v", err)
			}
			refused(t, based(crm.CustomerFields{}, phone), crm.BadInput, "input", "base", "phone")
			refused(t, based(old, crm.CustomerFields{Sector: crmtest.Text("Holding")}), crm.BadInput, "input", "base", "sector")
			refused(t, based(crm.CustomerFields{Phone: crmtest.Text("nooit een nummer")}, phone), crm.BadInput, "input", "base", "phone")
		})
	})
}

func TestArchiveCustomer(t *testing.T) {
	t.Parallel()
	t.Run("refuses while projects are running, names them, and writes nothing", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			changesNothing(t, o, func() {
				_, err := archive(o, o.Customer(crmtest.Installatie).ID)
				fault := refusal(t, err, crm.RunningProjects, "input", "id")
				sameList(t, "projects", cardIDs(fault.Cards), []crm.ID{o.Engagement("P-2026-0012").ID, o.Engagement("P-2026-0031").ID})
				equal(t, "sentence", fault.Text.NL, "Er lopen nog projecten: 2.")
			})
		})
	})
	t.Run("counts a last day of today, and no longer that of yesterday", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			bouw := o.Customer(crmtest.HanzeBouw).ID                     // its project ends on 2026-12-18
			o.Clock.Set(time.Date(2026, 12, 18, 22, 59, 0, 0, time.UTC)) // a minute before midnight in Amsterdam
			_, err := archive(o, bouw)
			refused(t, err, crm.RunningProjects)
			o.Clock.Advance(time.Minute)
			must2(archive(o, bouw))(t)
		})
	})
	t.Run("counts a start in the future", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			brouwer := o.Customer(crmtest.Brouwer).ID
			project := must2(o.Engagements.CreateProject(o.As(crmtest.Joris), crm.CreateProjectInput{CustomerID: brouwer, Title: "Later",
				ContactID: o.Contact("Klaas Brouwer").ID, StartOn: "2027-06-01"}))(t).Project
			equal(t, "status", project.Status, crm.Planned)
			_, err := archive(o, brouwer)
			sameList(t, "projects", cardIDs(refusal(t, err, crm.RunningProjects).Cards), []crm.ID{project.ID})
		})
	})
	t.Run("takes a customer out of daily use, with who, when and why", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, before := o.Head(), o.Customer(crmtest.Brouwer)
			answer := must2(archive(o, before.ID))(t)
			after := o.Customer(crmtest.Brouwer)
			equal(t, "reason", *after.ArchivedReason, "Opgeheven")
			equal(t, "by", *after.ArchivedByID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "at", after.ArchivedAt.UTC(), o.Clock.Now())
			equal(t, "stage", after.Stage, crm.Client)
			equal(t, "version", after.Version, before.Version+1)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.CustomerArchivedEvent})
			sameList(t, "changed fields", o.LogAfter(head)[0].ChangedFields(), []string{"archivedAt", "archivedReason"})
			equal(t, "warnings", len(answer.Warnings), 0)
		})
	})
	t.Run("warns of open leads and requests, which stay open", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			answer := must2(archive(o, o.Customer(crmtest.DeLinde).ID))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.OpenLeads, crm.OpenAcquisitionGoals})
			sameList(t, "leads", cardIDs(answer.Warnings[0].Cards), []crm.ID{o.Engagement("L-2026-0099").ID})
			equal(t, "lead", o.Engagement("L-2026-0099").Status, crm.Open)
			answer = must2(archive(o, o.Customer(crmtest.Noorderlicht).ID))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.OpenRequests, crm.OpenAcquisitionGoals})
		})
	})
	t.Run("warns of daughters in daily use", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			o.Clock.Set(time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)) // the mother's project is over
			answer := must2(archive(o, o.Customer(crmtest.Groep).ID))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.ActiveDaughters})
			sameList(t, "daughters", cardIDs(answer.Warnings[0].Cards), []crm.ID{o.Customer(crmtest.Installatie).ID})
		})
	})
	t.Run("refuses a card that is archived already", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			changesNothing(t, o, func() {
				_, err := archive(o, o.Customer(crmtest.Vastgoed).ID)
				refused(t, err, crm.AlreadyArchived, "input", "id")
			})
		})
	})
	t.Run("refuses another version than the one seen, and a reason that is too long", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			card := o.Customer(crmtest.Brouwer)
			stale, long := card.Version-1, strings.Repeat("é", 501)
			_, err := o.Customers.Archive(o.As(crmtest.Sanne), crm.ArchiveCustomerInput{ID: card.ID, ExpectedVersion: &stale})
			equal(t, "current version", *refusal(t, err, crm.Conflict, "input", "expectedVersion").CurrentVersion, card.Version)
			_, err = o.Customers.Archive(o.As(crmtest.Sanne), crm.ArchiveCustomerInput{ID: card.ID, Reason: &long})
			refused(t, err, crm.BadInput, "input", "reason")
		})
	})
}

func warningCodes(warnings []*crm.Warning) []crm.WarningCode {
	return each(warnings, func(w *crm.Warning) crm.WarningCode { return w.Code })
}

func TestRestoreCustomer(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		restore := func(id crm.ID) error {
			_, err := o.Customers.Restore(o.As(crmtest.Sanne), crm.RestoreCustomerInput{ID: id})
			return err
		}
		t.Run("brings the card back in the stage it had", func(t *testing.T) {
			head, before := o.Head(), o.Customer(crmtest.Vastgoed)
			if err := restore(before.ID); err != nil {
				t.Fatal(err)
			}
			after := o.Customer(crmtest.Vastgoed)
			equal(t, "archived at", after.ArchivedAt, nil)
			equal(t, "archived by", after.ArchivedByID, nil)
			equal(t, "reason", after.ArchivedReason, nil)
			equal(t, "stage", after.Stage, crm.Client)
			equal(t, "version", after.Version, before.Version+1)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.CustomerRestoredEvent})
		})
		t.Run("refuses a card in daily use", func(t *testing.T) {
			refused(t, restore(o.Customer(crmtest.Groep).ID), crm.NotArchived, "input", "id")
		})
	})
}

func TestRevertToProspect(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		revert := func(number string) (*crm.RevertToProspectPayload, error) {
			return o.Customers.RevertToProspect(o.As(crmtest.Sanne), crm.RevertToProspectInput{ID: o.Customer(number).ID, Reason: new(" Te vroeg ")})
		}
		t.Run("refuses while a project is running", func(t *testing.T) {
			_, err := revert(crmtest.Groep)
			sameList(t, "projects", cardIDs(refusal(t, err, crm.RunningProjects).Cards), []crm.ID{o.Engagement("P-2025-0003").ID})
		})
		t.Run("refuses a prospect", func(t *testing.T) {
			_, err := revert(crmtest.DeLinde)
			refused(t, err, crm.NotACustomer, "input", "id")
		})
		t.Run("refuses an archived card", func(t *testing.T) {
			_, err := revert(crmtest.Vastgoed)
			refused(t, err, crm.CardArchived)
		})
		t.Run("keeps debtor number and first day, and warns of past projects", func(t *testing.T) {
			head, before := o.Head(), o.Customer(crmtest.Brouwer)
			answer := must2(revert(crmtest.Brouwer))(t)
			after := o.Customer(crmtest.Brouwer)
			equal(t, "stage", after.Stage, crm.Prospect)
			equal(t, "debtor number", *after.DebtorNumber, *before.DebtorNumber)
			equal(t, "customer since", *after.CustomerSince, *before.CustomerSince)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.PastProjects})
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.CustomerRevertedEvent})
			sameList(t, "changes", events[0].Changes, []crm.FieldChange{{Field: "stage", From: "CUSTOMER", To: "PROSPECT"}, {Field: "revertReason", To: "Te vroeg"}})
		})
		t.Run("warns of sent invoices", func(t *testing.T) {
			o.Clock.Set(time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC))
			installatie := o.Customer(crmtest.Installatie)
			_, err := revert(crmtest.Installatie)
			refused(t, err, crm.RunningProjects) // one has an open end
			closeProject(t, o, "P-2026-0031")
			sameList(t, "warnings", warningCodes(must2(revert(crmtest.Installatie))(t).Warnings), []crm.WarningCode{crm.PastProjects, crm.SentInvoices, crm.RevenueRemains})
			equal(t, "stage", o.Customer(crmtest.Installatie).Stage, crm.Prospect)
			equal(t, "id", o.Customer(crmtest.Installatie).ID, installatie.ID)
		})
	})
}

func TestChangeUnderChosenFields(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		few := crm.WithFields(o.As(crmtest.Sanne), crm.Fields{Names: map[string]bool{"id": true}, Key: "id"})
		t.Run("keeps what the client did not ask for", func(t *testing.T) {
			contact, customer, asked := o.Contact("Erik Jansen"), o.Customer(crmtest.Installatie), o.Engagement("A-2026-0040")
			must2(o.Contacts.Update(few, crm.UpdateContactInput{ID: contact.ID, ExpectedVersion: &contact.Version, Patch: crm.ContactFields{Department: crmtest.Text("Inkoop")}}))(t)
			must2(o.Customers.Update(few, crm.UpdateCustomerInput{ID: customer.ID, ExpectedVersion: &customer.Version, Patch: crm.CustomerFields{Notes: crmtest.Text("x")}}))(t)
			must2(o.Engagements.HonourRequest(few, crm.HonourRequestInput{ID: asked.ID, StartOn: "2027-01-11"}))(t)
			equal(t, "name of the contact", o.Contact("Erik Jansen").Name, contact.Name)
			equal(t, "phone of the contact", *o.Contact("Erik Jansen").Phone, *contact.Phone)
			equal(t, "phone of the relation", *o.Customer(crmtest.Installatie).Phone, *customer.Phone)
			equal(t, "hours of the request", *o.Engagement("A-2026-0040").HoursPerWeek, *asked.HoursPerWeek)
			equal(t, "hours of the project", *o.Engagement("P-2026-0032").HoursPerWeek, *asked.HoursPerWeek)
		})
	})
}
