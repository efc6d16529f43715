package crm_test

import (
	"slices"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// along is what becomes of the rows of a contact, in each table that names a relation, when the contact moves: the
// condition on the rows that go along, or why they stay.
func along() map[string]struct{ goes, stays string } {
	return map[string]struct{ goes, stays string }{
		"contacts":      {goes: "t.id = ?"},
		"attentions":    {goes: "t.card_id = ?"},
		"processes":     {goes: "t.card_id = ?"},
		"process_steps": {goes: "t.process_id IN (SELECT p.id FROM processes AS p WHERE p.card_id = ?)"},

		"acquisition_goals":     {stays: "a goal at the relation"},
		"billable_lines":        {stays: "the relation's"},
		"campaign_memberships":  {stays: "the relation is in the campaign, whoever was spoken to"},
		"communications":        {stays: "said with the relation of that time"},
		"engagements":           {stays: "the relation's"},
		"customer_tags":         {stays: "the relation's"},
		"events":                {stays: "the log is not rewritten"},
		"invoicing_preferences": {stays: "the relation's"},
	}
}

// namingRelations are the tables with a column for a relation, as the engine itself lists them.
func namingRelations(t *testing.T, o *crmtest.Office) []string {
	t.Helper()
	var naming []string
	for _, table := range tables(t, o) {
		rows, err := o.DB.Read().QueryContext(db.Everywhere(t.Context()), "SELECT * FROM "+table+" WHERE 1 = 0")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err == nil {
			err = rows.Err()
		}
		_ = rows.Close()
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(columns, "customer_id") {
			naming = append(naming, table)
		}
	}
	return naming
}

// TestWhatGoesAlongWithAContact walks all tables that name a relation: a new one must say what becomes of it.
func TestWhatGoesAlongWithAContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		naima := o.Contact("Naima Bouzid")
		must2(o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: naima.ID, Text: "Belt liever", Level: "INFO"}))(t)
		step := stepOn(t, o, naima.ID)
		must2(goOn(o, "Naima Bouzid", crmtest.Brouwer, nil))(t)
		fates, seen := along(), namingRelations(t, o)
		for _, table := range seen {
			fate, told := fates[table]
			switch {
			case !told || (fate.goes == "") == (fate.stays == ""):
				t.Errorf("nothing says what becomes of %s when a contact moves", table)
			case fate.goes != "":
				var there []crm.ID
				if err := o.DB.Read().NewRaw("SELECT t.customer_id FROM "+table+" AS t WHERE "+fate.goes, naima.ID).Scan(db.Everywhere(t.Context()), &there); err != nil {
					t.Fatal(err)
				}
				if len(there) == 0 || slices.ContainsFunc(there, func(id crm.ID) bool { return id != o.Customer(crmtest.Brouwer).ID }) {
					t.Errorf("the rows of %s are at %v", table, there)
				}
			}
		}
		for table := range fates {
			if !slices.Contains(seen, table) {
				t.Errorf("%s names no relation any more", table)
			}
		}
		t.Run("and its processes go on there", func(t *testing.T) {
			must2(o.Processes.CompleteStep(o.As(crmtest.Sanne), crm.CompleteStepInput{ID: step}))(t)
			events := o.Log()
			equal(t, "told at", events[len(events)-1].CustomerID, o.Customer(crmtest.Brouwer).ID)
			checkVersions(t, o)
		})
	})
}

// stepOn starts a process of one step on a card, and gives the step.
func stepOn(t *testing.T, o *crmtest.Office, card crm.ID) crm.ID {
	t.Helper()
	template := must2(o.ProcessTemplates.Save(o.As(crmtest.Peter), crm.SaveProcessTemplateInput{Name: "Kennismaking", CardTypes: []crm.CardType{crm.ContactCard},
		Steps: []*crm.ProcessTemplateStep{{Key: "a", Title: "Bellen", Assignee: &crm.StepAssignee{Kind: crm.StepForStarter}}}}))(t).Template
	process := must2(o.Processes.Start(o.As(crmtest.Sanne), crm.StartProcessInput{CardID: card, TemplateID: template.ID}))(t).Process
	return must2(o.Processes.CurrentStepsOf(o.As(crmtest.Sanne), []crm.ID{process.ID}))(t)[0].ID
}
