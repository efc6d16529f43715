package crm_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// request notes a demand of a relation.
func request(t *testing.T, o *crmtest.Office, customer, contact crm.ID) *crm.Request {
	t.Helper()
	answer, err := o.Engagements.CreateRequest(o.As(crmtest.Sanne), crm.CreateRequestInput{CustomerID: customer, Title: "Vraag", ContactID: contact, Openings: 1})
	return must(t, answer, err).Request
}

// honour says yes to a request.
func honour(o *crmtest.Office, id crm.ID) (*crm.HonourRequestPayload, error) {
	return o.Engagements.HonourRequest(o.As(crmtest.Joris), crm.HonourRequestInput{ID: id, StartOn: "2027-01-04", EndOn: new(crm.Date("2027-07-03"))})
}

// faultsOf lists codes and paths.
func faultsOf(err error) []string {
	return each(crm.FaultsOf(err), func(e *crm.Error) string { return fmt.Sprint(e.Code, " ", strings.Join(e.Path, ".")) })
}

func TestCreateLead(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		linde := o.Customer(crmtest.DeLinde).ID
		create := func(input crm.CreateLeadInput) (*crm.CreateLeadPayload, error) {
			return o.Engagements.CreateLead(o.As(crmtest.Sanne), input)
		}
		t.Run("is open, handled by who made it, in the lead phase since today", func(t *testing.T) {
			head := o.Head()
			lead := must2(create(crm.CreateLeadInput{CustomerID: linde, Title: " Nieuwbouw ", ExpectedValue: &crm.MoneyInput{Amount: 100_50}}))(t).Lead
			stored := o.Engagement(lead.Number)
			equal(t, "title", stored.Title, "Nieuwbouw")
			equal(t, "status", stored.Status, crm.Open)
			equal(t, "handler", *stored.HandlerID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "phase since", stored.PhaseSince, "2026-11-23")
			equal(t, "value", stored.ExpectedValueCents.String(), "100.50")
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.LeadCreatedEvent})
			equal(t, "card that shows it", o.LogAfter(head)[0].CustomerID, linde)
		})
		t.Run("may have any chance from none to certain", func(t *testing.T) {
			for _, chance := range []int{0, 100} {
				must2(create(crm.CreateLeadInput{CustomerID: linde, Title: "Lead", Probability: &chance}))(t)
			}
		})
		t.Run("may name a contact of a related card, and an archived one", func(t *testing.T) {
			installatie := o.Customer(crmtest.Installatie).ID
			must2(create(crm.CreateLeadInput{CustomerID: installatie, Title: "Lead", ContactID: &o.Contact("Hans Oudekerk").ID}))(t)
			must2(create(crm.CreateLeadInput{CustomerID: o.Customer(crmtest.Brouwer).ID, Title: "Lead", ContactID: &o.Contact("Piet Nijhuis").ID}))(t)
		})
		t.Run("tells all faults at once, and writes nothing", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := create(crm.CreateLeadInput{CustomerID: linde, Title: " ", ExpectedValue: &crm.MoneyInput{Amount: -1}, Probability: new(101),
					ContactID: &o.Contact("Erik Jansen").ID, HandlerID: new(crm.ID("usr_00000000000000000000000000"))})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.title", "BAD_INPUT input.expectedValue", "BAD_INPUT input.probability",
					"NOT_FOUND input.handlerId", "CONTACT_NOT_OF_CUSTOMER input.contactId"})
			})
		})
		t.Run("refuses an archived relation and one that is not there", func(t *testing.T) {
			_, err := create(crm.CreateLeadInput{CustomerID: o.Customer(crmtest.Vastgoed).ID, Title: "Lead"})
			refused(t, err, crm.CardArchived)
			_, err = create(crm.CreateLeadInput{CustomerID: "cus_00000000000000000000000000", Title: "Lead"})
			refused(t, err, crm.NotFound, "input", "customerId")
		})
	})
}

func TestCreateRequest(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		brouwer, klaas := o.Customer(crmtest.Brouwer).ID, o.Contact("Klaas Brouwer").ID
		create := func(change func(*crm.CreateRequestInput)) error {
			input := crm.CreateRequestInput{CustomerID: brouwer, Title: "Vraag", ContactID: klaas, Openings: 1}
			change(&input)
			_, err := o.Engagements.CreateRequest(o.As(crmtest.Sanne), input)
			return err
		}
		for _, one := range []struct {
			name   string
			change func(*crm.CreateRequestInput)
			fault  string
		}{
			{"an archived contact", func(in *crm.CreateRequestInput) { in.ContactID = o.Contact("Piet Nijhuis").ID }, "CONTACT_ARCHIVED input.contactId"},
			{"a contact of another relation", func(in *crm.CreateRequestInput) { in.ContactID = o.Contact("Erik Jansen").ID }, "CONTACT_NOT_OF_CUSTOMER input.contactId"},
			{"a contact that is not there", func(in *crm.CreateRequestInput) { in.ContactID = "con_00000000000000000000000000" }, "NOT_FOUND input.contactId"},
			{"an end before the start", func(in *crm.CreateRequestInput) {
				in.StartOn, in.EndOn = new(crm.Date("2027-01-02")), new(crm.Date("2027-01-01"))
			}, "BAD_INPUT input.endOn"},
			{"an end without a start", func(in *crm.CreateRequestInput) { in.EndOn = new(crm.Date("2027-01-01")) }, "BAD_INPUT input.endOn"},
			{"too few hours", func(in *crm.CreateRequestInput) { in.HoursPerWeek = new(crm.Decimal(49)) }, "BAD_INPUT input.hoursPerWeek"},
			{"too many hours", func(in *crm.CreateRequestInput) { in.HoursPerWeek = new(crm.Decimal(60_01)) }, "BAD_INPUT input.hoursPerWeek"},
			{"no opening", func(in *crm.CreateRequestInput) { in.Openings = 0 }, "BAD_INPUT input.openings"},
			{"a rate below zero", func(in *crm.CreateRequestInput) { in.RateMin = &crm.MoneyInput{Amount: -1} }, "BAD_INPUT input.rateMin"},
			{"a highest rate below the lowest", func(in *crm.CreateRequestInput) {
				in.RateMin, in.RateMax = &crm.MoneyInput{Amount: 200}, &crm.MoneyInput{Amount: 100}
			}, "BAD_INPUT input.rateMax"},
			{"a title that is too long", func(in *crm.CreateRequestInput) { in.Title = strings.Repeat("é", 201) }, "BAD_INPUT input.title"},
		} {
			t.Run("refuses "+one.name, func(t *testing.T) {
				sameList(t, "faults", faultsOf(create(one.change)), []string{one.fault})
			})
		}
		t.Run("asks for as many people as it says, and for one when it says nothing", func(t *testing.T) {
			for _, openings := range []int{1, 1000} {
				answer, err := o.Engagements.CreateRequest(o.As(crmtest.Sanne), crm.CreateRequestInput{CustomerID: brouwer, Title: "Vraag", ContactID: klaas, Openings: openings})
				equal(t, "openings", must(t, answer, err).Request.Openings(), openings)
			}
			equal(t, "openings of one without", (&crm.Request{Dossier: &crm.Dossier{}}).Openings(), 1)
		})
		t.Run("takes the outermost hours, and a single day", func(t *testing.T) {
			for _, hours := range []crm.Decimal{50, 60_00} {
				if err := create(func(in *crm.CreateRequestInput) {
					in.HoursPerWeek, in.StartOn, in.EndOn = &hours, new(crm.Date("2027-01-02")), new(crm.Date("2027-01-02"))
				}); err != nil {
					t.Error(err)
				}
			}
		})
	})
}

func TestCreateProject(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		create := func(number, contact string, start crm.Date) (*crm.CreateProjectPayload, error) {
			return o.Engagements.CreateProject(o.As(crmtest.Sanne), crm.CreateProjectInput{CustomerID: o.Customer(number).ID, Title: "Werk",
				ContactID: o.Contact(contact).ID, StartOn: start, ProjectLeaderID: new(o.Actor(crmtest.Mila).UserID)})
		}
		t.Run("is active from its first day on, planned before", func(t *testing.T) {
			for start, want := range map[crm.Date]crm.EngagementStatus{"2026-11-22": crm.Active, "2026-11-23": crm.Active, "2026-11-24": crm.Planned} {
				project := must2(create(crmtest.Brouwer, "Klaas Brouwer", start))(t).Project
				equal(t, "status from "+string(start), project.Status, want)
				equal(t, "running", project.IsRunning(), true)
			}
		})
		t.Run("is refused to a prospect, which needs an honoured request", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := create(crmtest.Noorderlicht, "Femke Wiersma", "2027-01-01")
				refused(t, err, crm.ProspectNeedsHonouredRequest, "input", "customerId")
			})
		})
		t.Run("is refused to an archived relation", func(t *testing.T) {
			_, err := create(crmtest.Vastgoed, "Gerard Lammers", "2027-01-01")
			refused(t, err, crm.CardArchived)
		})
	})
}

func TestHonourRequest(t *testing.T) {
	t.Parallel()
	t.Run("makes the project, closes the request and turns the prospect into a customer, at once", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, before := o.Head(), o.Customer(crmtest.Noorderlicht)
			answer := must2(honour(o, o.Engagement("A-2026-0041").ID))(t)
			asked, project := o.Engagement("A-2026-0041"), o.Engagement("P-2026-0032")
			equal(t, "promoted", answer.Promoted, true)
			equal(t, "status of the request", asked.Status, crm.Honoured)
			equal(t, "version of the request", asked.Version, 2)
			equal(t, "origin", *project.OriginID, asked.ID)
			equal(t, "title", project.Title, asked.Title)
			equal(t, "contact", *project.ContactID, *asked.ContactID)
			equal(t, "status of the project", project.Status, crm.Planned)
			after := o.Customer(crmtest.Noorderlicht)
			equal(t, "id", after.ID, before.ID)
			equal(t, "stage", after.Stage, crm.Client)
			equal(t, "customer since", *after.CustomerSince, "2026-11-23")
			equal(t, "debtor number", *after.DebtorNumber, "130007")
			equal(t, "version", after.Version, before.Version+1)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ProjectCreatedEvent, crm.RequestHonouredEvent, crm.CustomerPromotedEvent})
			equal(t, "number of signals", len(o.Signals()), 1)
		})
	})
	t.Run("puts the people who were offered to work, and leaves out who was rejected", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			write(t, o, "INSERT INTO nominations (organization_id, id, engagement_id, kind, name, status) VALUES (?, 'nom_x', ?, 'PERSON', 'Afgewezen', 'REJECTED')",
				o.ID, o.Engagement("A-2026-0041").ID)
			answer := must2(honour(o, o.Engagement("A-2026-0041").ID))(t)
			found := must2(o.Nominations.OfEngagements(o.As(crmtest.Joris), []crm.ID{answer.Project.ID, answer.Request.ID}))(t)
			equal(t, "number on the project", len(found[0]), 1)
			equal(t, "name", found[0][0].Name, "Daan Willems")
			equal(t, "status", found[0][0].Status, "ACTIVE")
			equal(t, "end", *found[0][0].EndOn, "2027-07-03")
			equal(t, "status on the request", found[1][0].Status, "PROPOSED")
		})
	})
	t.Run("leaves the stage of a customer alone", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, before := o.Head(), o.Customer(crmtest.Installatie)
			answer := must2(honour(o, o.Engagement("A-2026-0040").ID))(t)
			equal(t, "promoted", answer.Promoted, false)
			equal(t, "version", o.Customer(crmtest.Installatie).Version, before.Version)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ProjectCreatedEvent, crm.RequestHonouredEvent})
		})
	})
	t.Run("refuses a request that is not open, and writes nothing", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			must2(honour(o, o.Engagement("A-2026-0041").ID))(t)
			o.Signals()
			for _, number := range []string{"A-2026-0041", "A-2026-0022"} {
				changesNothing(t, o, func() {
					_, err := honour(o, o.Engagement(number).ID)
					refused(t, err, crm.RequestNotOpen, "input", "id")
				})
			}
		})
	})
	t.Run("keeps the debtor number and the first day of one who was a customer before", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			before := o.Customer(crmtest.Brouwer)
			must2(o.Customers.RevertToProspect(o.As(crmtest.Joris), crm.RevertToProspectInput{ID: before.ID}))(t)
			answer := must2(honour(o, request(t, o, before.ID, o.Contact("Klaas Brouwer").ID).ID))(t)
			equal(t, "promoted", answer.Promoted, true)
			after := o.Customer(crmtest.Brouwer)
			equal(t, "debtor number", *after.DebtorNumber, *before.DebtorNumber)
			equal(t, "customer since", *after.CustomerSince, *before.CustomerSince)
			equal(t, "next debtor number", *create(t, o, crm.Client, crm.CustomerFields{Name: crmtest.Text("Na")}).DebtorNumber, "130007")
		})
	})
	t.Run("refuses an archived relation, an archived contact, a bad term, and what is no request", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			asked := o.Engagement("A-2026-0041")
			_, err := o.Engagements.HonourRequest(o.As(crmtest.Joris), crm.HonourRequestInput{ID: asked.ID, StartOn: "2027-02-01", EndOn: new(crm.Date("2027-01-31"))})
			refused(t, err, crm.BadInput, "input", "endOn")
			_, err = o.Engagements.HonourRequest(o.As(crmtest.Joris), crm.HonourRequestInput{ID: asked.ID, StartOn: "2027-02-01", ExpectedVersion: new(7)})
			refused(t, err, crm.Conflict, "input", "expectedVersion")
			_, err = honour(o, o.Engagement("P-2026-0012").ID)
			refused(t, err, crm.NotFound, "input", "id")
			must2(archive(o, asked.CustomerID))(t)
			_, err = honour(o, asked.ID)
			refused(t, err, crm.CardArchived)
		})
	})
}

func TestHonourAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("promotes a prospect once when two of its requests are honoured at the same moment", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			noorderlicht, femke := o.Customer(crmtest.Noorderlicht).ID, o.Contact("Femke Wiersma").ID
			first, second := request(t, o, noorderlicht, femke), request(t, o, noorderlicht, femke)
			head := o.Head()
			errs := atOnce(
				func() error { _, err := honour(o, first.ID); return err },
				func() error { _, err := honour(o, second.ID); return err })
			for _, err := range errs {
				if err != nil {
					t.Error(err)
				}
			}
			count := map[crm.EventKind]int{}
			for _, event := range o.LogAfter(head) {
				count[event.Kind]++
			}
			equal(t, "promotions", count[crm.CustomerPromotedEvent], 1)
			equal(t, "projects", count[crm.ProjectCreatedEvent], 2)
			equal(t, "debtor number", *o.Customer(crmtest.Noorderlicht).DebtorNumber, "130007")
		})
	})
	t.Run("makes one project when a request is honoured twice at the same moment", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			id, head := o.Engagement("A-2026-0041").ID, o.Head()
			twice := func() error { _, err := honour(o, id); return err }
			errs := atOnce(twice, twice)
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("got %v", errs)
			}
			for _, err := range errs {
				if err != nil {
					refused(t, err, crm.RequestNotOpen)
				}
			}
			equal(t, "events", len(o.LogAfter(head)), 3)
		})
	})
	t.Run("never both archives a prospect and honours its request", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			for i := range 10 {
				one := prospect(t, o, fmt.Sprintf("Prospect %d", i))
				contact := must2(newContact(o, one.ID, crm.ContactFields{LastName: crmtest.Text("Contact")}))(t).Contact
				asked := request(t, o, one.ID, contact.ID)
				errs := atOnce(
					func() error { _, err := archive(o, one.ID); return err },
					func() error { _, err := honour(o, asked.ID); return err })
				if errs[0] == nil {
					refused(t, errs[1], crm.CardArchived)
					continue
				}
				refused(t, errs[0], crm.RunningProjects)
				equal(t, "honouring", errs[1], nil)
			}
		})
	})
}

// atOnce runs functions side by side and gives their errors.
func atOnce(functions ...func() error) []error {
	errs := make([]error, len(functions))
	var start, done sync.WaitGroup
	start.Add(1)
	for i, f := range functions {
		done.Go(func() {
			start.Wait()
			errs[i] = f()
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// TestRecentOfOneDay makes several on a day: the one that was made last comes first, whatever it is.
func TestRecentOfOneDay(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne, card := o.As(crmtest.Sanne), prospect(t, o, "Vandaag B.V.").ID
		contact := must2(o.Contacts.Create(sanne, crm.CreateContactInput{CustomerID: card, Fields: crm.ContactFields{LastName: crmtest.Text("Vos")}}))(t).Contact.ID
		request := must2(o.Engagements.CreateRequest(sanne, crm.CreateRequestInput{CustomerID: card, ContactID: contact, Title: "x", Openings: 1}))(t).Request.ID
		o.Clock.Advance(time.Minute)
		lead := must2(o.Engagements.CreateLead(sanne, crm.CreateLeadInput{CustomerID: card, Title: "y"}))(t).Lead.ID
		of := func(some []crm.Engagement) []crm.ID {
			return each(some, func(e crm.Engagement) crm.ID { return e.NodeID() })
		}
		sameList(t, "recent", of(must2(o.Engagements.RecentOfCustomers(sanne, []crm.ID{card}))(t)[0]), []crm.ID{lead, request})
		pipeline := must2(o.Engagements.Pipeline(sanne, crm.PipelineArgs{}, page.Args{First: new(2)}))(t)
		sameList(t, "pipeline", of(pipeline.Nodes), []crm.ID{lead, request})
		first := must2(o.Engagements.Pipeline(sanne, crm.PipelineArgs{}, page.Args{First: new(1)}))(t)
		behind := must2(o.Engagements.Pipeline(sanne, crm.PipelineArgs{}, page.Args{First: new(1), After: first.PageInfo().EndCursor}))(t)
		sameList(t, "behind the first", of(behind.Nodes), []crm.ID{request})
	})
}
