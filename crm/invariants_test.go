package crm_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// TestInvariants lets three colleagues do whatever comes to mind on a few cards, at the same time, while
// days pass and a fourth looks now and then; and says that the cards are sound afterwards, and that the log
// tells how they became so.
func TestInvariants(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("hold for seed ", seed), func(t *testing.T) {
			t.Parallel()
			onOffice(t, func(t *testing.T, o *crmtest.Office) {
				n := o.Neighbour()
				theirs, head := rowsOfOffice(t, o, n.Office), o.Head()
				seen := []map[crm.ID]recorded{snapshot(t, o)}
				var together sync.WaitGroup
				for i, who := range []string{crmtest.Sanne, crmtest.Peter, crmtest.Joris} {
					p := &player{o: o, who: who, random: rand.New(rand.NewPCG(seed, uint64(i)))}
					together.Go(func() {
						for step := range 40 {
							if err := p.act(); err != nil && crm.FaultsOf(err) == nil {
								t.Errorf("step %d of %s: %v", step, who, err)
							}
						}
					})
				}
				for range 3 {
					seen = append(seen, snapshot(t, o)) // while they are at it
				}
				together.Wait()
				if t.Failed() {
					return
				}
				if changes := o.Head() - head; changes < 20 {
					t.Errorf("only %d things happened", changes)
				}
				checkInvariants(t, o)
				for _, cards := range append(seen, snapshot(t, o)) {
					checkReplay(t, o, cards, o.LogAfter(head))
				}
				sameList(t, "the neighbour's rows", rowsOfOffice(t, o, n.Office), theirs)
			})
		})
	}
}

// rowsOfOffice are all rows of one office.
func rowsOfOffice(t *testing.T, o *crmtest.Office, office crm.ID) []string {
	t.Helper()
	return slices.DeleteFunc(strings.Split(dump(t, o), "\n"), func(row string) bool { return !strings.Contains(row, string(office)) })
}

// player is a colleague who does whatever comes to mind.
type player struct {
	o      *crmtest.Office
	who    string
	random *rand.Rand
}

// newPlayer seats a colleague.
func newPlayer(o *crmtest.Office, who string, seed uint64) *player {
	return &player{o: o, who: who, random: rand.New(rand.NewPCG(seed, 0))}
}

// pick gives the id of a row of the office, of any that meet the condition.
func (p *player) pick(table, condition string) crm.ID {
	var found []crm.ID
	err := p.o.DB.Read().NewSelect().Table(table).Column("id").Where("organization_id = ?", p.o.ID).Where(condition).OrderExpr("id").Scan(p.o.As(p.who), &found)
	if err != nil || len(found) == 0 {
		return "cus_00000000000000000000000000" // no verb finds it
	}
	return found[p.random.IntN(len(found))]
}

// customer picks one of the few cards that both play with.
func (p *player) customer() crm.ID {
	return p.pick("customers", "number IN ('10001', '10003', '10004', '10005', '10009', '10010')")
}

// contactOf picks a contact, mostly of the relation.
func (p *player) contactOf(customer crm.ID) crm.ID {
	if p.random.IntN(8) == 0 {
		return p.pick("contacts", "1 = 1")
	}
	return p.pick("contacts", "customer_id = '"+string(customer)+"'")
}

func (p *player) version(card *crm.CardFrame) *int { return new(card.Version - p.random.IntN(2)) }

func (p *player) day(from, to int) crm.Date {
	return crm.Date(p.o.Clock.Now().AddDate(0, 0, from+p.random.IntN(to-from)).Format(time.DateOnly))
}

// act does one thing.
func (p *player) act() error {
	if p.random.IntN(10) == 0 {
		p.o.Clock.Advance(time.Duration(p.random.IntN(72)) * time.Hour)
	}
	switch p.random.IntN(14) {
	case 0, 1:
		return p.changeCustomer()
	case 2, 3:
		return p.changeContact()
	case 4, 5, 6, 7:
		return p.sell()
	case 8:
		return p.administer()
	case 11:
		return p.relate()
	case 12, 13:
		return p.employ()
	}
	return p.communicate()
}

// administer says what Mila may do, which only Peter may.
func (p *player) administer() error {
	input := crm.UpdateColleagueInput{ID: p.o.Actor(crmtest.Mila).UserID, Finance: crmtest.Given(p.random.IntN(2) == 0), IsActive: crmtest.Given(p.random.IntN(3) > 0)}
	_, err := p.o.Users.Update(p.o.As(p.who), input)
	return err
}

// customerPatch changes one field or two: of a text, a word, a number, a flag and a whole address.
func (p *player) customerPatch(current *crm.Customer) crm.CustomerFields {
	patch := crm.CustomerFields{Name: crmtest.Given(current.Name)}
	switch p.random.IntN(4) {
	case 0:
		patch.VisitingAddress = crmtest.Given(crm.AddressInput{City: []string{"Gent", "Delft"}[p.random.IntN(2)], Country: "BE"})
	case 1:
		patch.EmployeesCount = []graphql.Omittable[*int]{crmtest.Null[int](), crmtest.Given(p.random.IntN(3))}[p.random.IntN(2)]
		patch.IsGovernment = crmtest.Given(p.random.IntN(2) == 0)
	case 2:
		patch.GAccountPercentage = crmtest.Given(crm.Decimal(p.random.IntN(3) * 1250))
	default:
		patch.Notes = crmtest.Text([]string{"Directie", "Inkoop", "HR"}[p.random.IntN(3)])
	}
	return patch
}

func (p *player) changeCustomer() (err error) {
	id := p.customer()
	switch p.random.IntN(8) {
	case 7:
		_, err = stateAs(p.o, p.who, []crm.ID{id, p.pick("engagements", "phase <> 'LEAD'")}[p.random.IntN(2)], p.preference())
	case 6:
		now := p.o.Customer(crmtest.Brouwer).Version
		_, err = p.o.Revisions.UndoCustomer(p.o.As(p.who), crm.UndoCustomerChangesInput{ID: p.o.Customer(crmtest.Brouwer).ID,
			ToVersion: max(1, now-p.random.IntN(5)), ExpectedVersion: now - p.random.IntN(2)})
	case 0:
		_, err = p.o.Customers.Create(p.o.As(p.who), crm.CreateCustomerInput{Stage: []crm.CustomerStage{crm.Prospect, crm.Client}[p.random.IntN(2)],
			Fields: crm.CustomerFields{Name: crmtest.Text("Nieuw"), Phone: crmtest.Text([]string{"010-1234567", "geen"}[p.random.IntN(2)])}})
	case 1:
		_, err = p.o.Customers.Archive(p.o.As(p.who), crm.ArchiveCustomerInput{ID: id, Reason: new("Opgeheven")})
	case 2:
		_, err = p.o.Customers.Restore(p.o.As(p.who), crm.RestoreCustomerInput{ID: id})
	case 3:
		_, err = p.o.Customers.RevertToProspect(p.o.As(p.who), crm.RevertToProspectInput{ID: id})
	default:
		found, readErr := p.o.Customers.ByIDs(p.o.As(p.who), []crm.ID{id})
		if readErr != nil || found[0] == nil {
			return readErr
		}
		_, err = p.o.Customers.Update(p.o.As(p.who), crm.UpdateCustomerInput{ID: id, ExpectedVersion: p.version(&found[0].CardFrame),
			Patch: p.customerPatch(found[0])})
	}
	return err
}

func (p *player) changeContact() (err error) {
	id := p.contactOf(p.customer())
	switch p.random.IntN(6) {
	case 4:
		found, readErr := p.o.Contacts.ByIDs(p.o.As(p.who), []crm.ID{id})
		if readErr != nil || found[0] == nil {
			return readErr
		}
		_, err = p.o.Revisions.UndoContact(p.o.As(p.who), crm.UndoContactChangesInput{ID: id, ToVersion: max(1, found[0].Version-p.random.IntN(3)),
			ExpectedVersion: found[0].Version})
	case 5:
		_, err = p.o.Contacts.Restore(p.o.As(p.who), crm.RestoreContactInput{ID: id})
	case 0:
		_, err = p.o.Contacts.Create(p.o.As(p.who), crm.CreateContactInput{CustomerID: p.customer(), Fields: crm.ContactFields{LastName: crmtest.Text("Nieuw"),
			Email: crmtest.Text(fmt.Sprintf("n%d@nieuw.example", p.random.IntN(20)))}})
	case 1:
		_, err = p.o.Contacts.Archive(p.o.As(p.who), crm.ArchiveContactInput{ID: id, Reason: new("Uit dienst")})
	default:
		found, readErr := p.o.Contacts.ByIDs(p.o.As(p.who), []crm.ID{id})
		if readErr != nil || found[0] == nil {
			return readErr
		}
		_, err = p.o.Contacts.Update(p.o.As(p.who), crm.UpdateContactInput{ID: id, ExpectedVersion: p.version(&found[0].CardFrame),
			Patch: crm.ContactFields{Department: crmtest.Text([]string{"Directie", "Inkoop", "HR"}[p.random.IntN(3)])}})
	}
	return err
}

func (p *player) sell() (err error) {
	customer := p.customer()
	contact := p.contactOf(customer)
	if p.random.IntN(3) > 0 {
		return p.goOn()
	}
	switch p.random.IntN(5) {
	case 0:
		_, err = p.o.Engagements.CreateLead(p.o.As(p.who), crm.CreateLeadInput{CustomerID: customer, Title: "Lead", ContactID: &contact})
	case 1:
		_, err = p.o.Engagements.CreateRequest(p.o.As(p.who), crm.CreateRequestInput{CustomerID: customer, Title: "Aanvraag", ContactID: contact, Openings: 1})
	case 2:
		_, err = p.o.Engagements.CreateProject(p.o.As(p.who), crm.CreateProjectInput{CustomerID: customer, Title: "Project", ContactID: contact,
			StartOn: p.day(-3, 3), EndOn: new(p.day(-2, 5))})
	default:
		_, err = p.o.Engagements.HonourRequest(p.o.As(p.who), crm.HonourRequestInput{ID: p.pick("engagements", "phase = 'REQUEST'"), StartOn: p.day(-3, 3), EndOn: new(p.day(-2, 5))})
	}
	return err
}

// pickEngagement picks a lead, request or project of a phase, mostly one that goes on, and gives it as it is.
func (p *player) pickEngagement(phase crm.EngagementPhase) *crm.Dossier {
	condition := "phase = '" + string(phase) + "'"
	if p.random.IntN(4) > 0 {
		condition += " AND customer_id IN (SELECT id FROM customers WHERE number IN ('10001', '10003', '10004', '10005', '10009', '10010'))"
	}
	found, err := p.o.Engagements.ByIDs(p.o.As(p.who), []crm.ID{p.pick("engagements", condition)})
	if err != nil || found[0] == nil {
		return &crm.Dossier{CardFrame: crm.CardFrame{ID: "lea_00000000000000000000000000", Version: 1}}
	}
	return found[0].Core()
}

// goOn takes a step with a lead, a request, a project or who is nominated.
func (p *player) goOn() (err error) {
	ctx, sales := p.o.As(p.who), p.o.Engagements
	step := func(phase crm.EngagementPhase) crm.EngagementStep {
		return crm.EngagementStep{ID: p.pickEngagement(phase).ID}
	}
	over := func(phase crm.EngagementPhase) crm.CloseEngagementInput {
		return crm.CloseEngagementInput{ID: p.pickEngagement(phase).ID, ReasonID: p.pick("lookup_values", "list = 'LOST_REASON'")}
	}
	switch p.random.IntN(17) {
	case 0:
		lead := p.pickEngagement(crm.LeadPhase)
		_, err = sales.ConvertLead(ctx, crm.ConvertLeadInput{ID: lead.ID, ContactID: new(p.contactOf(lead.CustomerID))})
	case 1:
		_, err = sales.LoseLead(ctx, over(crm.LeadPhase))
	case 2:
		_, err = sales.ReopenLead(ctx, step(crm.LeadPhase))
	case 3:
		_, err = sales.RejectRequest(ctx, over(crm.RequestPhase))
	case 4:
		_, err = sales.WithdrawRequest(ctx, over(crm.RequestPhase))
	case 5:
		_, err = sales.ReopenRequest(ctx, crm.ReopenRequestInput{ID: p.pickEngagement(crm.RequestPhase).ID})
	case 6:
		_, err = sales.StartProject(ctx, step(crm.ProjectPhase))
	case 7:
		_, err = sales.HoldProject(ctx, step(crm.ProjectPhase))
	case 8:
		_, err = sales.ResumeProject(ctx, step(crm.ProjectPhase))
	case 9, 10:
		_, err = sales.EndProject(ctx, crm.EndProjectInput{ID: p.pickEngagement(crm.ProjectPhase).ID, EndOn: p.day(-2, 5)})
	case 11:
		_, err = sales.CancelProject(ctx, over(crm.ProjectPhase))
	case 12:
		_, err = sales.ReopenProject(ctx, crm.ReopenProjectInput{ID: p.pickEngagement(crm.ProjectPhase).ID, EndOn: new(p.day(0, 5))})
	case 13:
		return p.putAway()
	case 14:
		return p.nominate()
	default:
		return p.changeEngagement()
	}
	return err
}

func (p *player) putAway() (err error) {
	phase := []crm.EngagementPhase{crm.LeadPhase, crm.RequestPhase, crm.ProjectPhase}[p.random.IntN(3)]
	id := p.pickEngagement(phase).ID
	if p.random.IntN(2) == 0 {
		_, err = p.o.Engagements.RestoreEngagement(p.o.As(p.who), crm.EngagementStep{ID: id})
		return err
	}
	_, err = p.o.Engagements.ArchiveEngagement(p.o.As(p.who), crm.ArchiveEngagementInput{ID: id, Reason: new("Klaar")})
	return err
}

func (p *player) nominate() (err error) {
	ctx, people := p.o.As(p.who), p.o.Nominations
	id := p.pick("nominations", "1 = 1")
	switch p.random.IntN(5) {
	case 0:
		phase := []crm.EngagementPhase{crm.RequestPhase, crm.ProjectPhase}[p.random.IntN(2)]
		_, err = people.Add(ctx, crm.AddNominationInput{EngagementID: p.pickEngagement(phase).ID, Kind: crm.Person, Name: "Daan Willems"})
	case 1:
		_, err = people.Select(ctx, crm.NominationStep{ID: id})
	case 2:
		_, err = people.Reject(ctx, crm.NominationStep{ID: id})
	case 3:
		_, err = people.End(ctx, crm.EndNominationInput{ID: id, EndOn: p.day(-2, 5)})
	default:
		_, err = people.Update(ctx, crm.UpdateNominationInput{ID: id, ExpectedVersion: new(1 + p.random.IntN(2)),
			Patch: crm.NominationFields{Remark: crmtest.Text(fmt.Sprint(p.random.IntN(3)))}})
	}
	return err
}

func (p *player) changeEngagement() (err error) {
	phase := []crm.EngagementPhase{crm.LeadPhase, crm.RequestPhase, crm.ProjectPhase}[p.random.IntN(3)]
	current := p.pickEngagement(phase)
	if p.random.IntN(4) == 0 {
		return undoDossier(p.o.As(p.who), p.o, current, max(1, current.Version-p.random.IntN(4)), *p.version(&current.CardFrame))
	}
	input := crm.UpdateEngagementInput{ID: current.ID, ExpectedVersion: p.version(&current.CardFrame)}
	switch p.random.IntN(3) {
	case 0:
		input.Patch = crm.EngagementFields{ContactID: crmtest.Given(p.contactOf(current.CustomerID))}
	case 1:
		input.Patch = crm.EngagementFields{StartOn: crmtest.Given(p.day(-3, 3)), EndOn: []graphql.Omittable[*crm.Date]{crmtest.Null[crm.Date](), crmtest.Given(p.day(-2, 5))}[p.random.IntN(2)]}
	default:
		input.Patch = crm.EngagementFields{Title: crmtest.Text(fmt.Sprint("Titel ", p.random.IntN(3)))}
	}
	switch phase {
	case crm.LeadPhase:
		_, err = p.o.Engagements.UpdateLead(p.o.As(p.who), input)
	case crm.RequestPhase:
		_, err = p.o.Engagements.UpdateRequest(p.o.As(p.who), input)
	default:
		_, err = p.o.Engagements.UpdateProject(p.o.As(p.who), input)
	}
	return err
}

func (p *player) communicate() (err error) {
	customer := p.customer()
	switch p.random.IntN(5) {
	case 0:
		card := []crm.ID{customer, p.contactOf(customer), p.pick("engagements", "1 = 1")}[p.random.IntN(3)]
		_, err = p.o.Attentions.Add(p.o.As(p.who), crm.AddAttentionInput{CardID: card, Text: "Let op", Level: "INFO"})
	case 1:
		_, err = p.o.Attentions.Acknowledge(p.o.As(p.who), crm.AcknowledgeAttentionInput{ID: p.pick("attentions", "1 = 1")})
	case 2:
		_, err = p.o.Attentions.Remove(p.o.As(p.who), crm.RemoveAttentionInput{ID: p.pick("attentions", "1 = 1")})
	case 3:
		_, err = p.o.Checklists.SetItem(p.o.As(p.who), crm.SetChecklistItemInput{CardID: customer, ItemID: p.pick("checklist_items", "1 = 1"), Checked: p.random.IntN(2) == 0})
	default:
		_, err = p.o.Communications.CreateContactMoment(p.o.As(p.who), crm.CreateContactMomentInput{CustomerID: customer, Kind: crm.NoteMoment, Channel: "PHONE",
			Subject: new("Gesprek"), ContactIds: []crm.ID{p.contactOf(customer)}})
	}
	return err
}

// checkInvariants says what holds of every office at every moment.
func checkInvariants(t *testing.T, o *crmtest.Office) {
	t.Helper()
	customers := everyCustomer(t, o)
	all := nodeIDs(customers)
	checkRunning(t, o, customers)
	checkVersions(t, o)
	checkRecent(t, o, all)
	checkCorrespondence(t, o, all)
	checkForest(t, o)
	checkFunctions(t, o)
	var nobody int
	err := o.DB.Read().NewRaw("SELECT count(*) FROM checklist_entries WHERE checked AND (checked_by IS NULL OR checked_at IS NULL)").Scan(db.Everywhere(t.Context()), &nobody)
	if err != nil || nobody > 0 {
		t.Errorf("%d items were ticked by nobody, %v", nobody, err)
	}
}

// checkRunning says that no archived relation and no prospect has a running project, that every request
// and project has a contact, that nobody works outside of a project's term, and that nobody was made a customer
// without a debtor number.
func checkRunning(t *testing.T, o *crmtest.Office, customers []*crm.Customer) {
	t.Helper()
	counts := must2(o.Customers.CountsOf(o.As(crmtest.Ruben), nodeIDs(customers)))(t)
	debtors := map[string]bool{}
	for i, c := range customers {
		if counts[i].RunningProjects > 0 && (c.ArchivedAt != nil || c.Stage == crm.Prospect) {
			t.Errorf("%s, %s, archived at %v, has %d running projects", c.Number, c.Stage, c.ArchivedAt, counts[i].RunningProjects)
		}
		if c.Stage == crm.Client && (c.DebtorNumber == nil || c.CustomerSince == nil) {
			t.Errorf("%s is a customer without a debtor number", c.Number)
		}
		if c.DebtorNumber != nil && debtors[*c.DebtorNumber] {
			t.Errorf("two relations have debtor number %s", *c.DebtorNumber)
		}
		if c.DebtorNumber != nil {
			debtors[*c.DebtorNumber] = true
		}
	}
	var without int
	err := o.DB.Read().NewRaw("SELECT count(*) FROM engagements WHERE phase <> 'LEAD' AND contact_id IS NULL").Scan(db.Everywhere(t.Context()), &without)
	if err != nil || without > 0 {
		t.Errorf("%d requests and projects have no contact, %v", without, err)
	}
	var outside int
	err = o.DB.Read().NewRaw("SELECT count(*) FROM nominations AS n JOIN engagements AS e ON e.organization_id = n.organization_id AND e.id = n.engagement_id"+
		" WHERE n.status = 'ACTIVE' AND (n.start_on < e.start_on OR n.end_on > e.end_on OR (n.end_on IS NULL AND e.end_on IS NOT NULL))").Scan(t.Context(), &outside)
	if err != nil || outside > 0 {
		t.Errorf("%d nominations stick out of the project's term, %v", outside, err)
	}
}

// checkVersions says that the log has no gaps and ends at the head, and that each card's events carry its
// versions.
func checkVersions(t *testing.T, o *crmtest.Office) {
	t.Helper()
	log, versions, promoted := o.Log(), map[crm.ID]int{}, map[crm.ID]int{}
	for i, event := range log {
		if event.Number != int64(i)+1 {
			t.Fatalf("position %d follows %d", event.Number, i)
		}
		if event.Kind.OfAccess() {
			continue
		}
		if event.CardVersion != versions[event.CardID]+1 {
			t.Errorf("%s at %d has version %d after %d", event.CardID, event.Number, event.CardVersion, versions[event.CardID])
		}
		versions[event.CardID] = event.CardVersion
		switch event.Kind {
		case crm.CustomerPromotedEvent:
			promoted[event.CardID]++
		case crm.CustomerRevertedEvent:
			promoted[event.CardID]--
		}
		if p := promoted[event.CardID]; p < -1 || p > 1 {
			t.Errorf("%s was promoted or reverted twice in a row", event.CardID)
		}
	}
	equal(t, "head", o.Head(), int64(len(log)))
	for _, card := range allCards(t, o) {
		if card.OrganizationID == o.ID && card.Version != versions[card.ID] {
			t.Errorf("%s has version %d, its events end at %d", card.ID, card.Version, versions[card.ID])
		}
	}
}

// checkRecent says that the short lists are the beginning of the long ones.
func checkRecent(t *testing.T, o *crmtest.Office, all []crm.ID) {
	t.Helper()
	reader := o.As(crmtest.Ruben)
	contacts := must2(o.Contacts.RecentOfCustomers(reader, all))(t)
	engagements := must2(o.Engagements.RecentOfCustomers(reader, all))(t)
	for i, id := range all {
		long := walk(t, 100, false, func(args page.Args) (*page.Connection[*crm.Contact], error) {
			pages, err := o.Contacts.OfCustomers(reader, []crm.ID{id}, crm.ContactListArgs{Archived: crm.ArchivedInclude}, args)
			return at(pages, 0), err
		})
		long = slices.DeleteFunc(long, func(c *crm.Contact) bool { return c.ArchivedAt != nil })
		sameList(t, "recent contacts", nodeIDs(contacts[i]), nodeIDs(long[:min(5, len(long))]))
		phases := walk(t, 100, false, func(args page.Args) (*page.Connection[crm.Engagement], error) {
			pages, err := o.Engagements.OfCustomers(reader, []crm.ID{id}, crm.EngagementListArgs{Archived: crm.ArchivedInclude}, args)
			return at(pages, 0), err
		})
		phases = slices.DeleteFunc(phases, func(e crm.Engagement) bool { return e.Core().ArchivedAt != nil })
		sameList(t, "recent engagements", nodeIDs(engagements[i]), nodeIDs(phases[:min(5, len(phases))]))
	}
}

// checkCorrespondence says that it is the part of the timeline that was sent.
func checkCorrespondence(t *testing.T, o *crmtest.Office, all []crm.ID) {
	t.Helper()
	for _, id := range all {
		read := func(of func(context.Context, []crm.ID, crm.TimelineArgs, page.Args) ([]*page.Connection[crm.Communication], error)) []crm.Communication {
			return walk(t, 100, false, func(args page.Args) (*page.Connection[crm.Communication], error) {
				pages, err := of(o.As(crmtest.Ruben), []crm.ID{id}, crm.TimelineArgs{}, args)
				return at(pages, 0), err
			})
		}
		timeline := slices.DeleteFunc(read(o.Communications.OfCustomers), func(c crm.Communication) bool {
			return c.Core().Direction != crm.Outgoing || c.Core().Status != crm.Sent
		})
		if !slices.IsSortedFunc(timeline, func(a, b crm.Communication) int { return cmp.Compare(b.Core().At.UnixMilli(), a.Core().At.UnixMilli()) }) {
			t.Errorf("the timeline of %s is not in order", id)
		}
		sameList(t, "correspondence", nodeIDs(read(o.Communications.CorrespondenceOf)), nodeIDs(timeline))
	}
}
