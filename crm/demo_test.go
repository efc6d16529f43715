package crm_test

import (
	"errors"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestLoadDemo(t *testing.T) {
	t.Parallel()
	t.Run("fills an empty store with the whole office", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			want := map[string]int{"organizations": 1, "users": 6, "customers": 8, "contacts": 21, "engagements": 16, "nominations": 7,
				"communications": 21, "contact_functions": 20, "processes": 2, "process_steps": 6, "card_relations": 2, "attentions": 3, "search_entries": 45}
			for table, n := range want {
				equal(t, table, len(rowsOf(t, o, table)), n)
			}
		})
	})
	t.Run("gives the same office for the same ids", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			again := crmtest.New(t, dbtest.Open(t, string(o.DB.Engine())))
			salt := regexp.MustCompile(`\$argon2id\S+`)
			one, other := salt.ReplaceAllString(dump(t, o), ""), salt.ReplaceAllString(dump(t, again), "")
			if one != other {
				t.Errorf("two loads differ: %s", firstDifference(one, other))
			}
		})
	})
	t.Run("leaves a store that holds an office alone", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			changesNothing(t, o, func() {
				if loaded, err := crm.LoadDemo(t.Context(), o.DB, o.CRM); loaded || err != nil {
					t.Errorf("got %v, %v", loaded, err)
				}
			})
		})
	})
	t.Run("loads once when several nodes start at the same moment", func(t *testing.T) {
		t.Parallel()
		for _, engine := range dbtest.Engines() {
			t.Run(engine, func(t *testing.T) {
				t.Parallel()
				equal(t, "the number of nodes that loaded", loadOnNodes(t, dbtest.URL(t, engine), 4), 1)
			})
		}
	})
}

// loadOnNodes loads the demo office through several connections at once, and counts those that did.
func loadOnNodes(t *testing.T, url string, nodes int) int32 {
	t.Helper()
	var together sync.WaitGroup
	var loads atomic.Int32
	for range nodes {
		together.Go(func() {
			d, err := db.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			loaded, err := crm.LoadDemo(t.Context(), d, crmtest.On(t, d).CRM)
			if err := errors.Join(err, d.Close()); err != nil {
				t.Error(err)
			}
			if loaded {
				loads.Add(1)
			}
		})
	}
	together.Wait()
	return loads.Load()
}

func TestDemoHistory(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		log := o.Log()
		t.Run("has positions without gaps up to the office's own", func(t *testing.T) {
			for i, event := range log {
				equal(t, "position", event.Number, int64(i)+1)
			}
			equal(t, "the office's position", o.Head(), int64(len(log)))
		})
		t.Run("is in the order of the moments", func(t *testing.T) {
			for i, event := range log[1:] {
				if event.At.Before(log[i].At) {
					t.Errorf("event %d (%s) is earlier than the one before", event.Number, event.At)
				}
			}
		})
		t.Run("raises the version of a card by one with each event, up to its version now", func(t *testing.T) {
			versions := make(map[crm.ID]int)
			for _, event := range log {
				equal(t, "version of "+string(event.CardID), event.CardVersion, versions[event.CardID]+1)
				versions[event.CardID]++
			}
			for _, card := range allCards(t, o) {
				equal(t, "version of "+string(card.ID), card.Version, versions[card.ID])
			}
		})
		t.Run("begins every card, communication and attention once", func(t *testing.T) {
			count := make(map[crm.EventKind]int)
			for _, event := range log {
				count[event.Kind]++
			}
			want := map[crm.EventKind]int{
				crm.CustomerCreatedEvent: 8, crm.CustomerArchivedEvent: 1, crm.ContactCreatedEvent: 21, crm.ContactArchivedEvent: 2,
				crm.LeadCreatedEvent: 4, crm.RequestCreatedEvent: 3, crm.ProjectCreatedEvent: 9,
				crm.CommunicationAddedEvent: 21, crm.ProcessStartedEvent: 2, crm.ProcessCompletedEvent: 1, crm.AttentionAddedEvent: 3}
			for kind, n := range want {
				equal(t, string(kind), count[kind], n)
			}
		})
		t.Run("gives ids that rise with the moments", func(t *testing.T) {
			for i, event := range log[1:] {
				if event.ID <= log[i].ID {
					t.Errorf("id of event %d does not rise", event.Number)
				}
			}
		})
	})
}

// allCards reads the frames of all cards.
func allCards(t *testing.T, o *crmtest.Office) []*crm.CardFrame {
	t.Helper()
	var cards []*crm.CardFrame
	for _, table := range []string{"customers", "contacts", "engagements"} {
		var found []*crm.CardFrame
		err := o.DB.Read().NewSelect().Table(table).Column("organization_id", "id", "version", "archived_at").OrderExpr("id").Scan(db.Everywhere(t.Context()), &found)
		if err != nil {
			t.Fatal(err)
		}
		cards = append(cards, found...)
	}
	return cards
}

func TestDemoData(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		_, err := o.Customers.Restore(o.As(crmtest.Peter), crm.RestoreCustomerInput{ID: o.Customer(crmtest.Vastgoed).ID})
		if err != nil {
			t.Fatal(err)
		}
		t.Run("passes the checks of every field in its stored form", func(t *testing.T) {
			for _, number := range []string{"10001", "10002", "10003", "10004", "10005", "10006", "10007", "10008"} {
				customer := o.Customer(number)
				answer, err := o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: customer.ID,
					ExpectedVersion: &customer.Version, Patch: fieldsOf(customer)})
				equal(t, "version of "+number, must(t, answer, err).Customer.Version, customer.Version)
			}
		})
		t.Run("goes on with numbers behind its own", func(t *testing.T) {
			create := crm.CreateCustomerInput{Stage: crm.Client, Fields: crm.CustomerFields{Name: crmtest.Text("Nieuw B.V.")}}
			created := must2(o.Customers.Create(o.As(crmtest.Sanne), create))(t).Customer
			equal(t, "number", created.Number, "10009")
			equal(t, "debtor number", *created.DebtorNumber, "130007")
			installatie, contact := o.Customer(crmtest.Installatie).ID, o.Contact("Erik Jansen").ID
			lead := must2(o.Engagements.CreateLead(o.As(crmtest.Sanne), crm.CreateLeadInput{CustomerID: installatie, Title: "Lead"}))(t).Lead
			equal(t, "lead", lead.Number, "L-2026-0102")
			request := must2(o.Engagements.CreateRequest(o.As(crmtest.Sanne), crm.CreateRequestInput{CustomerID: installatie,
				Title: "Aanvraag", ContactID: contact, Openings: 1}))(t).Request
			equal(t, "request", request.Number, "A-2026-0042")
			project := must2(o.Engagements.CreateProject(o.As(crmtest.Sanne), crm.CreateProjectInput{CustomerID: installatie,
				Title: "Project", ContactID: contact, StartOn: "2026-11-23"}))(t).Project
			equal(t, "project", project.Number, "P-2026-0032")
		})
		t.Run("shows on the basic tab what changed last", func(t *testing.T) {
			reader := o.As(crmtest.Ruben)
			contacts := must2(o.Contacts.RecentOfCustomers(reader, []crm.ID{o.Customer(crmtest.Brouwer).ID}))(t)[0]
			sameList(t, "contacts", each(contacts, func(c *crm.Contact) string { return c.Name }),
				[]string{"Lisa Wolters", "Klaas Brouwer", "Anja Brouwer-Ter Haar", "Rik Scholten", "Mehmet Aydin"})
			again := crmtest.New(t, dbtest.Open(t, string(o.DB.Engine()))) // before new ones came
			engagements := must2(again.Engagements.RecentOfCustomers(again.As(crmtest.Ruben), []crm.ID{again.Customer(crmtest.Installatie).ID}))(t)[0]
			sameList(t, "engagements", each(engagements, func(e crm.Engagement) string { return e.Core().Number }),
				[]string{"L-2026-0101", "A-2026-0040", "L-2026-0088", "P-2026-0031", "A-2026-0022"})
		})
		t.Run("lets every colleague sign in", func(t *testing.T) {
			for _, colleague := range crm.DemoColleagues() {
				signedIn := must2(o.Sessions.SignIn(t.Context(), colleague.Email, colleague.Password))(t)
				equal(t, "name", signedIn.User.Name, colleague.Name)
				equal(t, "role", signedIn.User.Role, colleague.Role)
				equal(t, "finance right", signedIn.User.Finance, colleague.Finance)
			}
		})
	})
}

// fieldsOf gives all fields of a relation as input.
func fieldsOf(c *crm.Customer) crm.CustomerFields {
	return crm.CustomerFields{
		Name: crmtest.Given(c.Name), TradeName: optional(c.TradeName), SearchName: optional(c.SearchName), LegalForm: optional(c.LegalForm), KvkNumber: optional(c.KvkNumber),
		BranchNumber: optional(c.BranchNumber), Rsin: optional(c.Rsin), VatID: optional(c.VatID), Oin: optional(c.Oin),
		SbiCode: optional(c.SbiCode), SbiVersion: optional(c.SbiVersion), AnnualRevenue: optional((*crm.MoneyInput)(c.AnnualRevenue())), Sector: optional(c.Sector),
		Classification: optional(c.Classification), Source: optional(c.Source), TagIDs: crmtest.List([]crm.ID(c.TagIDs)...), EmployeesCount: optional(c.EmployeesCount),
		IsLargeEnterprise: crmtest.Given(c.IsLargeEnterprise), IsGovernment: crmtest.Given(c.IsGovernment),
		VisitingAddress: optional(addressInput(c.VisitingAddress)), PostalAddress: optional(addressInput(c.PostalAddress)),
		InvoiceAddress: optional(addressInput(c.InvoiceAddress)), Phone: optional(c.Phone), Email: optional(c.Email),
		Website: optional(c.Website), Language: crmtest.Given(c.Language), Iban: optional(c.Iban),
		BankAccounts: crmtest.Given(accountsInput(c)), CreditLimit: optional((*crm.MoneyInput)(c.CreditLimit())), CreditStatus: crmtest.Given(c.CreditStatus),
		GAccountPercentage: optional(c.GAccountPercentage), VatRegime: crmtest.Given(c.VatRegime), Notes: optional(c.Notes),
		AccountManagerID: optional(c.AccountManagerID),
	}
}

func accountsInput(c *crm.Customer) crm.BankAccountsInput {
	return crm.BankAccountsInput{Set: crmtest.List(each(c.AccountList, func(a crm.BankAccount) *crm.BankAccountInput {
		return new(crm.BankAccountInput(a))
	})...)}
}

func addressInput(a *crm.Address) *crm.AddressInput {
	if a == nil {
		return nil
	}
	return (*crm.AddressInput)(a)
}
