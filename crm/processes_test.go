package crm_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// forStarter is a step for who starts the process.
func forStarter(key string, outcomes ...*crm.ProcessOutcome) *crm.ProcessTemplateStep {
	return &crm.ProcessTemplateStep{Key: key, Title: "Doe " + key, Assignee: &crm.StepAssignee{Kind: crm.StepForStarter}, Outcomes: outcomes}
}

// define saves a template for relations of both stages and contacts.
func define(o *crmtest.Office, name string, steps ...*crm.ProcessTemplateStep) (*crm.SaveProcessTemplatePayload, error) {
	return o.ProcessTemplates.Save(o.As(crmtest.Peter), crm.SaveProcessTemplateInput{Name: name,
		CardTypes: []crm.CardType{crm.CustomerCard, crm.ProspectCard, crm.ContactCard}, Steps: steps})
}

// start starts a template on a card, as Sanne.
func start(o *crmtest.Office, template *crm.ProcessTemplate, card crm.ID) (*crm.StartProcessPayload, error) {
	return o.Processes.Start(o.As(crmtest.Sanne), crm.StartProcessInput{CardID: card, TemplateID: template.ID})
}

// complete completes the open step of a process.
func complete(t *testing.T, o *crmtest.Office, who string, process *crm.Process, outcome *string) (*crm.CompleteStepPayload, error) {
	t.Helper()
	return o.Processes.CompleteStep(o.As(who), crm.CompleteStepInput{ID: current(t, o, process).ID, Outcome: outcome, Note: new("Gedaan")})
}

func current(t *testing.T, o *crmtest.Office, process *crm.Process) *crm.ProcessStep {
	t.Helper()
	return must2(o.Processes.CurrentStepsOf(o.As(crmtest.Ruben), []crm.ID{process.ID}))(t)[0]
}

// stepsOf tells how the steps of a process are.
func stepsOf(t *testing.T, o *crmtest.Office, process *crm.Process) []string {
	t.Helper()
	return each(must2(o.Processes.StepsOf(o.As(crmtest.Ruben), []crm.ID{process.ID}))(t)[0],
		func(s *crm.ProcessStep) string { return s.Key + " " + string(s.Status) })
}

func TestSaveProcessTemplate(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("says all that is wrong with the steps, each at its place", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := define(o, " ", forStarter("a"), forStarter("A"), forStarter("a"), &crm.ProcessTemplateStep{Key: "b", Assignee: &crm.StepAssignee{Kind: crm.StepForUser}},
					forStarter("c", &crm.ProcessOutcome{Key: "ja", Label: "Ja"}, &crm.ProcessOutcome{Key: "ja", Label: " "}, &crm.ProcessOutcome{Key: "x", Label: "X", Ends: true, NextStep: new("a")}))
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.name", "BAD_INPUT input.steps.1.key", "BAD_INPUT input.steps.2.key", "BAD_INPUT input.steps.3.title",
					"BAD_INPUT input.steps.3.assignee.userId", "BAD_INPUT input.steps.4.outcomes.1.key", "BAD_INPUT input.steps.4.outcomes.1.label", "BAD_INPUT input.steps.4.outcomes.2.ends"})
			})
		})
		t.Run("wants every step to be reached, and the end from every step", func(t *testing.T) {
			to := func(key, step string) *crm.ProcessOutcome {
				return &crm.ProcessOutcome{Key: key, Label: key, NextStep: &step}
			}
			for _, one := range []struct {
				steps []*crm.ProcessTemplateStep
				want  []string
			}{
				{nil, []string{"BAD_INPUT input.steps"}},
				{[]*crm.ProcessTemplateStep{forStarter("a", to("x", "niet"))}, []string{"BAD_INPUT input.steps.0.outcomes.0.nextStep"}},
				{[]*crm.ProcessTemplateStep{forStarter("a", to("x", "c")), forStarter("b"), forStarter("c")}, []string{"BAD_INPUT input.steps.1.key"}},
				{[]*crm.ProcessTemplateStep{forStarter("a"), forStarter("b", to("terug", "a"))}, []string{"BAD_INPUT input.steps.0.outcomes", "BAD_INPUT input.steps.1.outcomes"}},
				{[]*crm.ProcessTemplateStep{forStarter("a", to("x", "a"))}, []string{"BAD_INPUT input.steps.0.outcomes"}},
			} {
				_, err := define(o, "Rondje", one.steps...)
				sameList(t, "faults", faultsOf(err), one.want)
			}
			must2(define(o, "Rondje met uitgang", forStarter("a"), forStarter("b", to("terug", "a"), &crm.ProcessOutcome{Key: "klaar", Label: "Klaar", Ends: true})))(t)
		})
		t.Run("refuses a name in use, a colleague of another office, and who may not", func(t *testing.T) {
			n := o.Neighbour()
			o.Signals()
			changesNothing(t, o, func() {
				_, err := define(o, "contractverlenging", forStarter("a"))
				refused(t, err, crm.DuplicateName, "input", "name")
				_, err = define(o, "X", &crm.ProcessTemplateStep{Key: "a", Title: "A", Assignee: &crm.StepAssignee{Kind: crm.StepForUser, UserID: &n.User}})
				refused(t, err, crm.NotFound, "input", "steps", "0", "assignee", "userId")
				_, err = o.ProcessTemplates.Save(o.As(crmtest.Sanne), crm.SaveProcessTemplateInput{Name: "X"})
				refused(t, err, crm.Forbidden)
			})
		})
		t.Run("replaces a template from the version that was seen; what runs keeps its steps", func(t *testing.T) {
			template := must2(define(o, "Korte weg", forStarter("a"), forStarter("b")))(t).Template
			process := must2(start(o, template, o.Customer(crmtest.Groep).ID))(t).Process
			save := func(version *int) (*crm.SaveProcessTemplatePayload, error) {
				return o.ProcessTemplates.Save(o.As(crmtest.Peter), crm.SaveProcessTemplateInput{ID: &template.ID, ExpectedVersion: version, Name: "Lange weg",
					CardTypes: []crm.CardType{crm.CustomerCard}, Steps: []*crm.ProcessTemplateStep{forStarter("x"), forStarter("y"), forStarter("z")}})
			}
			equal(t, "version", must2(save(new(1)))(t).Template.Version, 2)
			_, err := save(new(1))
			refused(t, err, crm.Conflict)
			_, err = save(nil)
			refused(t, err, crm.BadInput, "input", "expectedVersion")
			sameList(t, "steps", stepsOf(t, o, process), []string{"a OPEN", "b PENDING"})
			equal(t, "version of the process", process.TemplateVersion, 1)
			equal(t, "name of the process", process.Name, "Korte weg")
		})
		t.Run("blocks what was started, and deletes only what never was", func(t *testing.T) {
			card := o.Customer(crmtest.Groep).ID
			template := must2(define(o, "Eenmalig", forStarter("a")))(t).Template
			remove := func() error {
				_, err := o.ProcessTemplates.Delete(o.As(crmtest.Peter), crm.DeleteProcessTemplateInput{ID: template.ID})
				return err
			}
			must2(start(o, template, card))(t)
			refused(t, remove(), crm.TemplateInUse, "input", "id")
			must2(o.ProcessTemplates.Block(o.As(crmtest.Peter), crm.BlockProcessTemplateInput{ID: template.ID}))(t)
			_, err := start(o, template, card)
			refused(t, err, crm.TemplateBlocked, "input", "templateId")
			must2(o.ProcessTemplates.Unblock(o.As(crmtest.Peter), crm.UnblockProcessTemplateInput{ID: template.ID}))(t)
			must2(start(o, template, card))(t)
			template = must2(define(o, "Nooit", forStarter("a")))(t).Template
			if err := remove(); err != nil {
				t.Error(err)
			}
			refused(t, remove(), crm.NotFound, "input", "id")
		})
	})
}

func TestProcess(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		card := o.Customer(crmtest.HanzeBouw)
		template := must2(define(o, "Ronde", forStarter("vragen"),
			forStarter("antwoord", &crm.ProcessOutcome{Key: "ja", Label: "Ja"}, &crm.ProcessOutcome{Key: "opnieuw", Label: "Opnieuw", NextStep: new("vragen")}, &crm.ProcessOutcome{Key: "nee", Label: "Nee", Ends: true}),
			forStarter("vastleggen")))(t).Template
		process := must2(start(o, template, card.ID))(t).Process
		t.Run("goes from step to step, back where a road leads back, and ends", func(t *testing.T) {
			must2(complete(t, o, crmtest.Sanne, process, nil))(t)
			must2(complete(t, o, crmtest.Sanne, process, new("opnieuw")))(t)
			sameList(t, "steps", stepsOf(t, o, process), []string{"vragen DONE", "antwoord DONE", "vastleggen PENDING", "vragen OPEN"})
			must2(complete(t, o, crmtest.Sanne, process, nil))(t)
			must2(complete(t, o, crmtest.Sanne, process, new("ja")))(t)
			ended := must2(complete(t, o, crmtest.Sanne, process, nil))(t).Process
			equal(t, "status", ended.Status, crm.CompletedProcess)
			sameList(t, "steps", stepsOf(t, o, process), []string{"vragen DONE", "antwoord DONE", "vastleggen DONE", "vragen DONE", "antwoord DONE"})
		})
		t.Run("passes over what an outcome leaves out", func(t *testing.T) {
			short := must2(start(o, template, card.ID))(t).Process
			must2(complete(t, o, crmtest.Sanne, short, nil))(t)
			equal(t, "status", must2(complete(t, o, crmtest.Sanne, short, new("nee")))(t).Process.Status, crm.CompletedProcess)
			sameList(t, "steps", stepsOf(t, o, short), []string{"vragen DONE", "antwoord DONE", "vastleggen SKIPPED"})
		})
		t.Run("tells each move as an event of the card and as an entry of its timeline", func(t *testing.T) {
			head := o.Head()
			told := must2(start(o, template, card.ID))(t).Process
			must2(o.Processes.SkipStep(o.As(crmtest.Sanne), crm.SkipStepInput{ID: current(t, o, told).ID, Reason: "Al bekend"}))(t)
			must2(complete(t, o, crmtest.Sanne, told, new("nee")))(t)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ProcessStartedEvent, crm.CommunicationAddedEvent, crm.ProcessStepSkippedEvent, crm.CommunicationAddedEvent,
				crm.ProcessStepCompletedEvent, crm.CommunicationAddedEvent, crm.ProcessCompletedEvent, crm.CommunicationAddedEvent})
			equal(t, "version", events[7].CardVersion, o.Customer(crmtest.HanzeBouw).Version)
			timeline := must2(o.Communications.OfCustomers(o.As(crmtest.Ruben), []crm.ID{card.ID}, crm.TimelineArgs{Kinds: []crm.CommunicationKind{crm.WorkflowKind}}, page.Args{First: new(4)}))(t)[0].Nodes
			subjects := each(timeline, func(c crm.Communication) string { return c.Core().Subject })
			slices.Reverse(subjects)
			sameList(t, "entries", subjects, []string{"Proces Ronde gestart", "Proces Ronde stap Doe vragen overgeslagen", "Proces Ronde stap Doe antwoord afgerond: Nee", "Proces Ronde afgerond"})
			for _, entry := range timeline {
				equal(t, "process", *entry.Core().ProcessID, told.ID)
			}
		})
		t.Run("refuses outcomes that a step does not have, and steps that are not open", func(t *testing.T) {
			open := must2(start(o, template, card.ID))(t).Process
			first := current(t, o, open)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := complete(t, o, crmtest.Sanne, open, new("ja"))
				refused(t, err, crm.BadInput, "input", "outcome")
				steps := must2(o.Processes.StepsOf(o.As(crmtest.Sanne), []crm.ID{open.ID}))(t)[0]
				_, err = o.Processes.CompleteStep(o.As(crmtest.Sanne), crm.CompleteStepInput{ID: steps[2].ID})
				refused(t, err, crm.StepNotOpen, "input", "id")
				_, err = o.Processes.CompleteStep(o.As(crmtest.Sanne), crm.CompleteStepInput{ID: first.ID, Note: new(strings.Repeat("x", 2001))})
				refused(t, err, crm.BadInput, "input", "note")
				_, err = o.Processes.SkipStep(o.As(crmtest.Sanne), crm.SkipStepInput{ID: first.ID, Reason: " "})
				refused(t, err, crm.BadInput, "input", "reason")
			})
			must2(complete(t, o, crmtest.Sanne, open, nil))(t)
			_, err := o.Processes.CompleteStep(o.As(crmtest.Sanne), crm.CompleteStepInput{ID: first.ID})
			refused(t, err, crm.StepNotOpen, "input", "id")
			_, err = complete(t, o, crmtest.Sanne, open, nil)
			refused(t, err, crm.BadInput, "input", "outcome")
		})
		t.Run("is cancelled with a reason, by who started it, once", func(t *testing.T) {
			open := must2(start(o, template, o.Customer(crmtest.Waterlanden).ID))(t).Process
			cancel := func(who, reason string) error {
				_, err := o.Processes.Cancel(o.As(who), crm.CancelProcessInput{ID: open.ID, Reason: reason})
				return err
			}
			refused(t, cancel(crmtest.Sanne, ""), crm.BadInput, "input", "reason")
			refused(t, cancel(crmtest.Mila, "Zomaar"), crm.Forbidden)
			if err := cancel(crmtest.Sanne, "Klant trok zich terug"); err != nil {
				t.Fatal(err)
			}
			sameList(t, "steps", stepsOf(t, o, open), []string{"vragen SKIPPED", "antwoord SKIPPED", "vastleggen SKIPPED"})
			refused(t, cancel(crmtest.Sanne, "Nog eens"), crm.ProcessNotRunning, "input", "id")
		})
	})
}

func TestStepsAndColleagues(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		tasks := func(t *testing.T, who string) []string {
			t.Helper()
			return each(must2(o.Processes.OpenStepsOfActor(o.As(who), page.Args{}))(t).Nodes, func(s *crm.ProcessStep) string {
				if s.IsOverdue() {
					return s.Title() + " (te laat)"
				}
				return s.Title()
			})
		}
		fatima, card := o.Actor(crmtest.Fatima).UserID, o.Customer(crmtest.Brouwer)
		template := must2(define(o, "Verdeeld",
			&crm.ProcessTemplateStep{Key: "a", Title: "Voor Fatima", Assignee: &crm.StepAssignee{Kind: crm.StepForUser, UserID: &fatima}, DueAfterDays: new(3)},
			&crm.ProcessTemplateStep{Key: "b", Title: "Voor de accountmanager", Assignee: &crm.StepAssignee{Kind: crm.StepForAccountManager}},
			&crm.ProcessTemplateStep{Key: "c", Title: "Voor collega's", Assignee: &crm.StepAssignee{Kind: crm.StepForRole, Role: new(crm.Colleague)}, DueAfterDays: new(0)}))(t).Template
		process := must2(start(o, template, card.ID))(t).Process
		t.Run("is completed by whom it is for, or by an administrator, and by nobody else", func(t *testing.T) {
			sameList(t, "Fatima's tasks", tasks(t, crmtest.Fatima), []string{"Voor Fatima"})
			equal(t, "day", *current(t, o, process).DueOn, "2026-11-26")
			o.Signals()
			changesNothing(t, o, func() {
				_, err := complete(t, o, crmtest.Sanne, process, nil)
				refused(t, err, crm.Forbidden, "input", "id")
				_, err = complete(t, o, crmtest.Ruben, process, nil)
				refused(t, err, crm.Forbidden)
			})
			must2(complete(t, o, crmtest.Fatima, process, nil))(t)
			equal(t, "account manager", *current(t, o, process).AssigneeID, o.Actor(crmtest.Joris).UserID)
			must2(complete(t, o, crmtest.Peter, process, nil))(t)
			equal(t, "role", *current(t, o, process).AssigneeRole, crm.Colleague)
			sameList(t, "Mila's tasks", tasks(t, crmtest.Mila), []string{"Voor collega's"})
		})
		t.Run("is handed on by whom it is for", func(t *testing.T) {
			step := current(t, o, process).ID
			give := func(who, to string) (*crm.ReassignStepPayload, error) {
				return o.Processes.ReassignStep(o.As(who), crm.ReassignStepInput{ID: step, UserID: o.Actor(to).UserID})
			}
			head := o.Head()
			must2(give(crmtest.Mila, crmtest.Joris))(t)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ProcessStepReassigned})
			_, err := give(crmtest.Mila, crmtest.Mila)
			refused(t, err, crm.Forbidden)
			sameList(t, "Mila's tasks", tasks(t, crmtest.Mila), nil)
			_, err = o.Processes.ReassignStep(o.As(crmtest.Joris), crm.ReassignStepInput{ID: step, UserID: "usr_00000000000000000000000000"})
			refused(t, err, crm.NotFound, "input", "userId")
		})
		t.Run("is overdue the day after its day, and comes first", func(t *testing.T) {
			must2(start(o, must2(define(o, "Zonder dag", &crm.ProcessTemplateStep{Key: "a", Title: "Ooit", Assignee: &crm.StepAssignee{Kind: crm.StepForAccountManager}}))(t).Template, card.ID))(t)
			sameList(t, "today", tasks(t, crmtest.Joris), []string{"Voor collega's", "Ooit"})
			o.Clock.Advance(24 * time.Hour)
			sameList(t, "tomorrow", tasks(t, crmtest.Joris), []string{"Voor collega's (te laat)", "Ooit"})
		})
		t.Run("stands still while the card is archived, which warns of it", func(t *testing.T) {
			answer := must2(archive(o, card.ID))(t)
			warned := slices.IndexFunc(answer.Warnings, func(w *crm.Warning) bool { return w.Code == crm.RunningProcesses })
			equal(t, "card of the warning", answer.Warnings[warned].Cards[0].NodeID(), card.ID)
			sameList(t, "tasks", tasks(t, crmtest.Joris), nil)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := complete(t, o, crmtest.Joris, process, nil)
				refused(t, err, crm.CardArchived)
				_, err = start(o, template, card.ID)
				refused(t, err, crm.CardArchived)
				_, err = o.Processes.Cancel(o.As(crmtest.Joris), crm.CancelProcessInput{ID: process.ID, Reason: "Archief"})
				refused(t, err, crm.CardArchived)
			})
			must2(o.Customers.Restore(o.As(crmtest.Joris), crm.RestoreCustomerInput{ID: card.ID}))(t)
			must2(complete(t, o, crmtest.Joris, process, nil))(t)
		})
	})
}

func TestStartProcess(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		find := func(name string) *crm.ProcessTemplate {
			all := must2(o.ProcessTemplates.List(o.As(crmtest.Sanne), crm.ProcessTemplateListArgs{}))(t)
			return all[slices.IndexFunc(all, func(one *crm.ProcessTemplate) bool { return one.Name == name })]
		}
		onboarding, renewal := find("Onboarding nieuwe klant"), find("Contractverlenging")
		t.Run("is for the types of card that the template names", func(t *testing.T) {
			_, err := start(o, renewal, o.Customer(crmtest.DeLinde).ID)
			refused(t, err, crm.BadInput, "input", "templateId")
			must2(start(o, renewal, o.Engagement("P-2026-0012").ID))(t)
			running := must2(o.Processes.OfCards(o.As(crmtest.Ruben), []crm.ID{o.Engagement("P-2026-0012").ID}, []crm.ProcessStatus{crm.RunningProcess}, page.Args{}))(t)[0].Nodes
			equal(t, "on the project", len(running), 1)
		})
		t.Run("runs once at a time where the template says so, also when two start it together", func(t *testing.T) {
			card := o.Customer(crmtest.Groep).ID
			var together sync.WaitGroup
			errs := make([]error, 2)
			for i, who := range []string{crmtest.Sanne, crmtest.Joris} {
				together.Go(func() {
					_, errs[i] = o.Processes.Start(o.As(who), crm.StartProcessInput{CardID: card, TemplateID: onboarding.ID})
				})
			}
			together.Wait()
			slices.SortFunc(errs, func(a, _ error) int {
				if a == nil {
					return -1
				}
				return 1
			})
			equal(t, "first", errs[0], nil)
			refused(t, errs[1], crm.ProcessRunning, "input", "templateId")
		})
		t.Run("lets one of two complete a step", func(t *testing.T) {
			process := must2(start(o, renewal, o.Customer(crmtest.Waterlanden).ID))(t).Process
			step := current(t, o, process).ID
			var together sync.WaitGroup
			errs := make([]error, 2)
			for i, who := range []string{crmtest.Joris, crmtest.Peter} {
				together.Go(func() {
					_, errs[i] = o.Processes.CompleteStep(o.As(who), crm.CompleteStepInput{ID: step})
				})
			}
			together.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("got %v and %v", errs[0], errs[1])
			}
			if errs[0] == nil {
				errs[0] = errs[1]
			}
			refused(t, errs[0], crm.StepNotOpen, "input", "id")
		})
		t.Run("shows on the demo's cards", func(t *testing.T) {
			of := func(number string, statuses ...crm.ProcessStatus) []*crm.Process {
				return must2(o.Processes.OfCards(o.As(crmtest.Ruben), []crm.ID{o.Customer(number).ID}, statuses, page.Args{}))(t)[0].Nodes
			}
			running := of(crmtest.Installatie, crm.RunningProcess)
			equal(t, "running", len(running), 1)
			step := current(t, o, running[0])
			equal(t, "step", step.Title(), "Akkoord klant")
			equal(t, "day", *step.DueOn, "2026-11-30")
			done := of(crmtest.Waterlanden, crm.CompletedProcess)
			equal(t, "completed", done[0].FinishedAt.Format(time.DateOnly), "2024-03-04")
		})
	})
}

// TestProcessesAtRandom lets three colleagues start, complete, skip, hand on and cancel what they like at the
// same time, and says that every process is sound afterwards.
func TestProcessesAtRandom(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		template := must2(define(o, "Doolhof", forStarter("a", &crm.ProcessOutcome{Key: "door", Label: "Door"}, &crm.ProcessOutcome{Key: "weer", Label: "Weer", NextStep: new("a")}),
			forStarter("b", &crm.ProcessOutcome{Key: "terug", Label: "Terug", NextStep: new("a")}, &crm.ProcessOutcome{Key: "uit", Label: "Uit", Ends: true}, &crm.ProcessOutcome{Key: "door", Label: "Door"}), forStarter("c")))(t).Template
		cards := []crm.ID{o.Customer(crmtest.Groep).ID, o.Customer(crmtest.DeLinde).ID}
		var together sync.WaitGroup
		for i, who := range []string{crmtest.Sanne, crmtest.Peter, crmtest.Joris} {
			together.Go(func() {
				p := newPlayer(o, who, uint64(i))
				for range 30 {
					if err := p.process(o.As(who), template.ID, cards); err != nil && crm.FaultsOf(err) == nil {
						t.Errorf("%s: %v", who, err)
					}
				}
			})
		}
		together.Wait()
		for _, process := range ofOffice[*crm.Process](t, o) {
			steps := must2(o.Processes.StepsOf(o.As(crmtest.Ruben), []crm.ID{process.ID}))(t)[0]
			open := len(slices.DeleteFunc(slices.Clone(steps), func(s *crm.ProcessStep) bool { return s.Status != crm.OpenStep }))
			pending := slices.ContainsFunc(steps, func(s *crm.ProcessStep) bool { return s.Status == crm.PendingStep })
			if running := process.Status == crm.RunningProcess; (open == 1) != running || (pending && !running) {
				t.Errorf("%s is %s with %d open steps", process.ID, process.Status, open)
			}
		}
		checkVersions(t, o)
	})
}

// process does one thing to a process.
func (p *player) process(ctx context.Context, template crm.ID, cards []crm.ID) (err error) {
	step := p.pick("process_steps", "status = 'OPEN'")
	switch p.random.IntN(8) {
	case 0:
		_, err = p.o.Processes.Start(ctx, crm.StartProcessInput{CardID: cards[p.random.IntN(len(cards))], TemplateID: template})
	case 1:
		_, err = p.o.Processes.Cancel(ctx, crm.CancelProcessInput{ID: p.pick("processes", "status = 'RUNNING'"), Reason: "Toeval"})
	case 2:
		_, err = p.o.Processes.SkipStep(ctx, crm.SkipStepInput{ID: step, Reason: "Toeval"})
	case 3:
		_, err = p.o.Processes.ReassignStep(ctx, crm.ReassignStepInput{ID: step, UserID: p.o.Actor(crmtest.Joris).UserID})
	default:
		_, err = p.o.Processes.CompleteStep(ctx, crm.CompleteStepInput{ID: step, Outcome: []*string{nil, new("door"), new("weer"), new("terug"), new("uit")}[p.random.IntN(5)]})
	}
	return err
}
