package crm_test

import (
	"context"
	"fmt"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// actionsOf are the buttons of a relation as a colleague sees them, by key, with why one cannot be used.
func actionsOf(t *testing.T, o *crmtest.Office, who, number string) map[crm.ActionKey]*crm.CardAction {
	t.Helper()
	all := must2(o.CardActions.OfCustomers(o.As(who), []*crm.Customer{o.Customer(number)}))(t)[0]
	byKey := make(map[crm.ActionKey]*crm.CardAction)
	for _, action := range all {
		byKey[action.Key] = action
		for _, behind := range action.SubActions {
			byKey[behind.Key] = behind
		}
	}
	return byKey
}

// reasons are those of the keys, empty where it can be used.
func reasons(actions map[crm.ActionKey]*crm.CardAction, keys ...crm.ActionKey) []crm.ErrorCode {
	return each(keys, func(key crm.ActionKey) crm.ErrorCode {
		if actions[key].Reason == nil {
			return ""
		}
		return actions[key].Reason.Code
	})
}

func TestCardActions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("are the eighteen, in the order of their numbers", func(t *testing.T) {
			all := must2(o.CardActions.OfCustomers(o.As(crmtest.Sanne), []*crm.Customer{o.Customer(crmtest.Brouwer), o.Customer(crmtest.Vastgoed)}))(t)
			for _, actions := range all {
				equal(t, "buttons", len(actions), 18)
				for i, action := range actions {
					equal(t, string(action.Key), *action.Number, i+1)
				}
			}
		})
		t.Run("of a customer", func(t *testing.T) {
			actions := actionsOf(t, o, crmtest.Joris, crmtest.Brouwer)
			sameList(t, "reasons", reasons(actions, crm.SaveAction, crm.ArchiveAction, crm.RevertAction, crm.NewProjectAction, crm.UninvoicedAction, crm.SelectionAction, crm.SetHelpAction),
				[]crm.ErrorCode{"", "", "", "", crm.Forbidden, crm.NoSelection, crm.Forbidden})
		})
		t.Run("are refused while projects run, and name them", func(t *testing.T) {
			actions := actionsOf(t, o, crmtest.Sanne, crmtest.Installatie)
			sameList(t, "reasons", reasons(actions, crm.ArchiveAction, crm.RevertAction), []crm.ErrorCode{crm.RunningProjects, crm.RunningProjects})
			equal(t, "projects", len(actions[crm.ArchiveAction].Reason.Cards), 2)
		})
		t.Run("of a prospect", func(t *testing.T) {
			actions := actionsOf(t, o, crmtest.Joris, crmtest.Noorderlicht)
			sameList(t, "reasons", reasons(actions, crm.RevertAction, crm.NewEngagementAction, crm.NewLeadAction, crm.NewRequestAction, crm.NewProjectAction),
				[]crm.ErrorCode{crm.NotACustomer, "", "", "", crm.ProspectNeedsHonouredRequest})
		})
		t.Run("of an archived relation", func(t *testing.T) {
			actions := actionsOf(t, o, crmtest.Fatima, crmtest.Vastgoed)
			for key, action := range actions {
				switch key {
				case crm.RefreshAction, crm.RestoreAction, crm.NavigateAction, crm.UninvoicedAction, crm.ReportsAction, crm.DetailTabsAction, crm.HelpAction, crm.ButtonBarAction:
					equal(t, string(key), action.IsEnabled(), true)
				default:
					equal(t, string(key), action.IsEnabled(), false)
				}
			}
			equal(t, "archive is there", actions[crm.ArchiveAction] != nil, false)
		})
		t.Run("walk a selection when there is one", func(t *testing.T) {
			select3(t, o)
			sameList(t, "reasons", reasons(actionsOf(t, o, crmtest.Sanne, crmtest.Brouwer), crm.SelectionAction), []crm.ErrorCode{""})
		})
		t.Run("follow what a colleague may do and the office uses", func(t *testing.T) {
			sameList(t, "reader", reasons(actionsOf(t, o, crmtest.Ruben, crmtest.Brouwer), crm.SaveAction, crm.HelpAction, crm.ReportsAction), []crm.ErrorCode{crm.Forbidden, "", ""})
			without(t, o, crm.ReportsFeature, crm.RevenueFeature)
			actions := actionsOf(t, o, crmtest.Fatima, crmtest.Brouwer)
			sameList(t, "off", reasons(actions, crm.ReportsAction, crm.UninvoicedAction), []crm.ErrorCode{crm.FeatureDisabled, crm.FeatureDisabled})
			equal(t, "visible", actions[crm.ReportsAction].IsVisible || actions[crm.UninvoicedAction].IsVisible, false)
		})
		t.Run("say what the verbs do", func(t *testing.T) { sayWhatVerbsDo(t, o) })
		t.Run("cost the same for one and for all", func(t *testing.T) {
			var costs []int64
			for _, numbers := range [][]string{{crmtest.Brouwer}, {crmtest.Brouwer, crmtest.Groep, crmtest.Installatie, crmtest.Vastgoed}} {
				customers := each(numbers, o.Customer)
				counted, count := dbCount(o.As(crmtest.Sanne))
				must2(o.CardActions.OfCustomers(counted, customers))(t)
				costs = append(costs, count.N())
			}
			equal(t, "statements", costs[1], costs[0])
		})
	})
}

// sayWhatVerbsDo compares the buttons with what the verbs answer: a button is off with the verb's own code.
func sayWhatVerbsDo(t *testing.T, o *crmtest.Office) {
	t.Helper()
	for _, who := range []string{crmtest.Ruben, crmtest.Joris} {
		for _, number := range []string{crmtest.Installatie, crmtest.Noorderlicht, crmtest.Vastgoed} {
			actions, ctx, id := actionsOf(t, o, who, number), o.As(who), o.Customer(number).ID
			for key, do := range map[crm.ActionKey]func(context.Context) error{
				crm.RevertAction: func(ctx context.Context) error {
					_, err := o.Customers.RevertToProspect(ctx, crm.RevertToProspectInput{ID: id})
					return err
				},
				crm.NewContactAction: func(ctx context.Context) error {
					_, err := o.Contacts.Create(ctx, crm.CreateContactInput{CustomerID: id, Fields: crm.ContactFields{LastName: crmtest.Text("Vos")}})
					return err
				},
				crm.NewLeadAction: func(ctx context.Context) error {
					_, err := o.Engagements.CreateLead(ctx, crm.CreateLeadInput{CustomerID: id, Title: "x"})
					return err
				},
				crm.AttentionAction: func(ctx context.Context) error {
					_, err := o.Attentions.Add(ctx, crm.AddAttentionInput{CardID: id, Text: "x", Level: "INFO"})
					return err
				},
			} {
				var code crm.ErrorCode
				if faults := crm.FaultsOf(do(ctx)); len(faults) > 0 {
					code = faults[0].Code
				}
				sameList(t, fmt.Sprint(who, " ", number, " ", key), reasons(actions, key), []crm.ErrorCode{code})
			}
		}
	}
}

func TestCardLayouts(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		visible := func(ctx context.Context, card crm.CardType) (buttons []crm.ActionKey, tabs []crm.TabKey) {
			looks := must2(o.CardLayouts.OfActor(ctx, card))(t)
			for _, button := range looks.Buttons {
				if button.IsVisible {
					buttons = append(buttons, button.Key)
				}
			}
			for _, tab := range looks.DetailTabs {
				if tab.IsVisible {
					tabs = append(tabs, tab.Key)
				}
			}
			return buttons, tabs
		}
		setButtons := func(keys ...crm.ActionKey) error {
			_, err := o.CardLayouts.SetButtons(sanne, crm.SetVisibleButtonsInput{CardType: crm.CustomerCard, Keys: keys})
			return err
		}
		t.Run("show every button to who never chose", func(t *testing.T) {
			buttons, _ := visible(sanne, crm.CustomerCard)
			equal(t, "buttons", len(buttons), 18)
		})
		t.Run("show the chosen buttons in the order chosen, and always the chooser", func(t *testing.T) {
			before := o.Head()
			if err := setButtons(crm.AttentionAction, crm.SaveAction, crm.AttentionAction); err != nil {
				t.Fatal(err)
			}
			buttons, _ := visible(sanne, crm.CustomerCard)
			sameList(t, "buttons", buttons, []crm.ActionKey{crm.AttentionAction, crm.SaveAction, crm.ButtonBarAction})
			log := o.LogAfter(before)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.LayoutChangedEvent})
			sameList(t, "topics", log[0].Topics(), []string{"office:" + string(o.Actor(crmtest.Sanne).UserID)})
		})
		t.Run("are each colleague's and each kind of card's own", func(t *testing.T) {
			equal(t, "Joris", must2(o.CardLayouts.OfActor(o.As(crmtest.Joris), crm.CustomerCard))(t).IsDefault, true)
			equal(t, "prospects", must2(o.CardLayouts.OfActor(sanne, crm.ProspectCard))(t).IsDefault, true)
			events, _, err := o.Events.Replay(o.As(crmtest.Joris), crm.EventScope{Office: true}, 0, 100)
			for _, event := range must(t, events, err) {
				if event.Kind == crm.LayoutChangedEvent {
					t.Error("Joris hears of Sanne's layout")
				}
			}
		})
		t.Run("that are as asked already change nothing", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				if err := setButtons(crm.AttentionAction, crm.SaveAction); err != nil {
					t.Error(err)
				}
				refused(t, setButtons(crm.RestoreAction), crm.BadInput, "input", "keys")
			})
		})
		t.Run("show the chosen tabs, when one may have them", func(t *testing.T) {
			for _, who := range []string{crmtest.Sanne, crmtest.Fatima} {
				must2(o.CardLayouts.SetDetailTabs(o.As(who), crm.SetVisibleDetailTabsInput{CardType: crm.CustomerCard, Keys: []crm.TabKey{crm.RevenueTab, crm.NotesTab}}))(t)
			}
			_, tabs := visible(sanne, crm.CustomerCard)
			sameList(t, "Sanne's", tabs, []crm.TabKey{crm.NotesTab})
			_, tabs = visible(o.As(crmtest.Fatima), crm.CustomerCard)
			sameList(t, "Fatima's", tabs, []crm.TabKey{crm.RevenueTab, crm.NotesTab})
			buttons, _ := visible(sanne, crm.CustomerCard)
			equal(t, "buttons kept", len(buttons), 3)
		})
		t.Run("may show no tab at all", func(t *testing.T) {
			must2(o.CardLayouts.SetDetailTabs(sanne, crm.SetVisibleDetailTabsInput{CardType: crm.CustomerCard}))(t)
			_, tabs := visible(sanne, crm.CustomerCard)
			equal(t, "tabs", len(tabs), 0)
		})
		t.Run("go back to the usual", func(t *testing.T) {
			equal(t, "usual", must2(o.CardLayouts.Reset(sanne, crm.ResetCardLayoutInput{CardType: crm.CustomerCard}))(t).Layout.IsDefault, true)
			_, tabs := visible(sanne, crm.CustomerCard)
			equal(t, "tabs", len(tabs), 6)
		})
		t.Run("have a tab for the checklist only when it has items", func(t *testing.T) {
			hasTab := func() bool {
				for _, tab := range must2(o.CardLayouts.OfActor(sanne, crm.CustomerCard))(t).MainTabs {
					if tab.Key == crm.ChecklistTab {
						return tab.IsAvailable
					}
				}
				return false
			}
			equal(t, "with items", hasTab(), true)
			write(t, o, "UPDATE checklist_settings SET visibility = 'HIDE' WHERE card = 'CUSTOMER'")
			equal(t, "with hidden items", hasTab(), false)
		})
	})
}

func TestStartPage(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		find := func(who, text string) []string {
			actions := must2(o.Homes.QuickActions(o.As(who), text, 100))(t)
			return each(actions, func(a *crm.QuickAction) string { return a.Label })
		}
		t.Run("finds functions by their name, best first", func(t *testing.T) {
			sameList(t, "klant", find(crmtest.Sanne, " Klant "), []string{"Nieuwe kaart - Klant", "Overzicht - Klanten", "Rapport - Klantcontact", "Rapport - Klantenlijst",
				"Nieuwe kaart - Potentiële klant", "Overzicht - Potentiële klanten"})
			sameList(t, "overzicht pot", find(crmtest.Sanne, "overzicht POTENTIELE"), []string{"Overzicht - Potentiële klanten"})
			sameList(t, "for a reader", find(crmtest.Ruben, "nieuwe"), nil)
		})
		t.Run("offers reports to those who may run them", func(t *testing.T) {
			without(t, o, crm.ReportsFeature)
			sameList(t, "reports", find(crmtest.Peter, "rapport"), nil)
		})
		t.Run("takes wildcards for letters", func(t *testing.T) {
			for _, text := range []string{"%", "_", "*", "kl_nt"} {
				sameList(t, text, find(crmtest.Sanne, text), nil)
			}
		})
		t.Run("offers administration to administrators", func(t *testing.T) {
			equal(t, "Peter", len(must2(o.Homes.OfActor(o.As(crmtest.Peter)))(t).OptionsMenu) > 5, true)
			equal(t, "Sanne", len(must2(o.Homes.OfActor(o.As(crmtest.Sanne)))(t).OptionsMenu), 1)
		})
	})
}

func TestHelp(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		set := func(url *string) error {
			_, err := o.Help.SetURL(peter, crm.SetHelpURLInput{Context: crm.CustomerCardHelp, URL: url})
			return err
		}
		standard := must2(o.Help.URL(o.As(crmtest.Ruben), crm.CustomerCardHelp))(t)
		t.Run("is where the office says, for everyone", func(t *testing.T) {
			before := o.Head()
			if err := set(new("https://hulp.example/klant")); err != nil {
				t.Fatal(err)
			}
			equal(t, "URL", must2(o.Help.URL(o.As(crmtest.Ruben), crm.CustomerCardHelp))(t), "https://hulp.example/klant")
			equal(t, "the neighbour's", must2(o.Help.URL(o.Neighbour().Context(), crm.CustomerCardHelp))(t), standard)
			sameList(t, "kinds", kinds(o.LogAfter(before)), []crm.EventKind{crm.HelpChangedEvent})
		})
		t.Run("is nowhere that runs here", func(t *testing.T) {
			o.Signals()
			for _, url := range []string{"javascript:alert(1)", "data:text/html,x", "http://hulp.example", "//hulp.example", "hulp", "https://a@b.example", "https://hulp.example/ x", "ftp://hulp.example"} {
				refused(t, set(&url), crm.BadInput, "input", "url")
			}
			equal(t, "URL", must2(o.Help.URL(peter, crm.CustomerCardHelp))(t), "https://hulp.example/klant")
		})
		t.Run("goes back to the product's own", func(t *testing.T) {
			if err := set(nil); err != nil {
				t.Fatal(err)
			}
			equal(t, "URL", must2(o.Help.URL(peter, crm.CustomerCardHelp))(t), standard)
		})
		t.Run("is moved by administrators alone", func(t *testing.T) {
			_, err := o.Help.SetURL(o.As(crmtest.Sanne), crm.SetHelpURLInput{Context: crm.CustomerCardHelp})
			refused(t, err, crm.Forbidden)
		})
	})
}
