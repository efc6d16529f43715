package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// TestLogOfTheOffice saves what the office keeps for all its cards, and reads of it in the log.
func TestLogOfTheOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		paper := crm.SaveDocumentTemplateInput{Name: "Kaartje", Kind: "LETTER", CardTypes: []crm.CardType{crm.CustomerCard}, Language: "NL", Subject: "Groeten", Body: "Dag", IsActive: true}
		way := crm.SaveProcessTemplateInput{Name: "Afscheid", CardTypes: []crm.CardType{crm.ContactCard},
			Steps: []*crm.ProcessTemplateStep{{Key: "bos", Title: "Bloemen", Assignee: &crm.StepAssignee{Kind: crm.StepForStarter}, Outcomes: []*crm.ProcessOutcome{{Key: "ok", Label: "Gedaan"}}}}}
		template, process, report := &crm.DocumentTemplate{}, &crm.ProcessTemplate{}, &crm.Report{}
		for _, one := range []struct {
			name    string
			do      func(t *testing.T) crm.ID // gives what it was about
			kind    crm.EventKind
			changed []string
		}{
			{"a new template", func(t *testing.T) crm.ID {
				template = must2(o.Templates.Save(peter, paper))(t).Template
				return template.ID
			}, crm.DocumentTemplateCreatedEvent, []string{"name", "kind", "cardTypes", "language", "subject", "body", "isActive"}},
			{"a template with other words", func(t *testing.T) crm.ID {
				paper.ID, paper.ExpectedVersion, paper.Body = &template.ID, &template.Version, "Dag!"
				return must2(o.Templates.Save(peter, paper))(t).Template.ID
			}, crm.DocumentTemplateUpdatedEvent, []string{"body"}},
			{"the letterhead", func(t *testing.T) crm.ID {
				head := must2(o.Templates.Letterhead(peter))(t)
				must2(o.Templates.SaveLetterhead(peter, crm.SaveLetterheadInput{ExpectedVersion: head.Version, Name: head.Name, AddressLines: head.AddressLines,
					Phone: head.Phone, Email: head.Email, Website: new("delta.example"), KvkNumber: head.KvkNumber, VatID: head.VatID, Iban: head.Iban}))(t)
				return o.ID
			}, crm.LetterheadChangedEvent, []string{"website"}},
			{"a new process", func(t *testing.T) crm.ID {
				process = must2(o.ProcessTemplates.Save(peter, way))(t).Template
				return process.ID
			}, crm.ProcessTemplateCreatedEvent, []string{"name", "cardTypes", "steps"}},
			{"a process with another step", func(t *testing.T) crm.ID {
				way.ID, way.ExpectedVersion = &process.ID, &process.Version
				way.Steps[0].Title = "Grote bloemen"
				return must2(o.ProcessTemplates.Save(peter, way))(t).Template.ID
			}, crm.ProcessTemplateUpdatedEvent, []string{"steps"}},
			{"a blocked process", func(t *testing.T) crm.ID {
				must2(o.ProcessTemplates.Block(peter, crm.BlockProcessTemplateInput{ID: process.ID}))(t)
				return process.ID
			}, crm.ProcessTemplateUpdatedEvent, []string{"blockedAt"}},
			{"a process that is open again", func(t *testing.T) crm.ID {
				must2(o.ProcessTemplates.Unblock(peter, crm.UnblockProcessTemplateInput{ID: process.ID}))(t)
				return process.ID
			}, crm.ProcessTemplateUpdatedEvent, []string{"blockedAt"}},
			{"a process that is gone", func(t *testing.T) crm.ID {
				must2(o.ProcessTemplates.Delete(peter, crm.DeleteProcessTemplateInput{ID: process.ID}))(t)
				return process.ID
			}, crm.ProcessTemplateDeletedEvent, []string{"name", "cardTypes", "steps"}},
			{"a new report", func(t *testing.T) crm.ID {
				report = must2(o.Reports.Save(peter, simple()))(t).Report
				return report.ID
			}, crm.ReportCreatedEvent, []string{"name", "columns", "filter", "orderBy", "roles"}},
			{"a report with another column", func(t *testing.T) crm.ID {
				must2(o.Reports.Save(peter, replacing(report, func(in *crm.SaveReportInput) { in.Columns = []string{"city"} })))(t)
				return report.ID
			}, crm.ReportUpdatedEvent, []string{"columns"}},
			{"a copy of a report", func(t *testing.T) crm.ID {
				return must2(o.Reports.Copy(peter, crm.CopyReportInput{ID: report.ID, Name: "Nog een"}))(t).Report.ID
			}, crm.ReportCreatedEvent, []string{"name", "columns", "filter", "orderBy", "roles"}},
			{"an archived report", func(t *testing.T) crm.ID {
				must2(o.Reports.Archive(peter, crm.ArchiveReportInput{ID: report.ID}))(t)
				return report.ID
			}, crm.ReportUpdatedEvent, []string{"archivedAt"}},
		} {
			head := o.Head()
			about := one.do(t)
			log := o.LogAfter(head)
			sameList(t, one.name, kinds(log), []crm.EventKind{one.kind})
			sameList(t, one.name+": changed fields", log[0].ChangedFields(), one.changed)
			equal(t, one.name+": subject", *log[0].SubjectID, about)
			equal(t, one.name+": actor", *log[0].ActorID, o.Actor(crmtest.Peter).UserID)
			heard, _, err := o.Events.Replay(o.As(crmtest.Joris), crm.EventScope{Office: true}, head, 10)
			sameList(t, one.name+": what colleagues hear", nodeIDs(must(t, heard, err)), nodeIDs(log))
		}
	})
}
