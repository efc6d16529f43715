package crm_test

import (
	"slices"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// definitionOf exports a report.
func definitionOf(t *testing.T, o *crmtest.Office, report *crm.Report) string {
	t.Helper()
	return must2(o.Reports.DefinitionsOf(o.As(crmtest.Peter), []*crm.Report{report}))(t)[0]
}

// full is a report that uses everything a report can say, and characters that mean something in XML.
func full(o *crmtest.Office) crm.SaveReportInput {
	manager := o.Actor(crmtest.Sanne).UserID
	return simple(func(in *crm.SaveReportInput) {
		in.Name, in.Description = `Zorg & "techniek" <2027>`, new("Eerste regel\n\ttweede; één 😀 ]]> &amp;")
		in.Columns = []string{"name", "city", "attentions"}
		in.Filter = &crm.ReportFilterInput{Archived: crm.ArchivedInclude, Stages: []crm.CustomerStage{crm.Client, crm.Prospect},
			Sector: new("Zorg"), City: new("'s-Hertogenbosch"), AccountManagerID: &manager, HasRunningProjects: new(false)}
		in.OrderBy = []*crm.ReportOrderInput{{Column: "city", Direction: crm.Descending}, {Column: "name", Direction: crm.Ascending}}
		in.Roles = []crm.Role{crm.ReadOnly, crm.Admin}
	})
}

func TestAReportSurvivesItsDefinition(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		must2(o.Reports.Save(peter, full(o)))(t)
		must2(o.Reports.Save(peter, simple(func(in *crm.SaveReportInput) {
			in.Name, in.CardType, in.Columns = "Projecten", crm.ProjectReport, []string{"title"}
			in.Filter = &crm.ReportFilterInput{Archived: crm.ArchivedOnly, Statuses: []crm.EngagementStatus{crm.OnHold, crm.Ended}}
		})))(t)
		for _, name := range []string{full(o).Name, "Projecten", "Klantenlijst", "Open aanvragen"} {
			t.Run(name, func(t *testing.T) {
				definition := definitionOf(t, o, o.Report(name))
				if strings.Contains(definition, "usr_") || strings.Contains(definition, "rep_") {
					t.Errorf("an id in %s", definition)
				}
				imported := must2(o.Reports.Import(peter, crm.ImportReportInput{Definition: definition, Name: new("Anders " + name)}))(t).Report
				equal(t, "version", imported.Version, 1)
				again := definitionOf(t, o, o.Report("Anders "+name))
				equal(t, "definition", strings.Replace(again, "<name>Anders ", "<name>", 1), definition)
				original := o.Report(name)
				_, err := o.Reports.Archive(peter, crm.ArchiveReportInput{ID: original.ID})
				must(t, original, err)
				back := must2(o.Reports.Import(peter, crm.ImportReportInput{Definition: "\ufeff" + definition}))(t).Report
				equal(t, "name", back.Name, original.Name)
				sameList(t, "columns", back.ColumnKeys, original.ColumnKeys)
				equal(t, "definition of what came back", definitionOf(t, o, o.Report(name)), definition)
			})
		}
	})
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		plain := definitionOf(t, o, must2(o.Reports.Save(o.As(crmtest.Peter), full(o)))(t).Report)
		with := func(what, other string) string {
			t.Helper()
			if !strings.Contains(plain, what) {
				t.Fatalf("no %s in %s", what, plain)
			}
			return strings.Replace(plain, what, other, 1)
		}
		_, body, _ := strings.Cut(plain, "?>")
		o.Signals()
		for name, given := range map[string]struct{ definition, want string }{
			"a name in use":                {plain, "DUPLICATE_NAME input.definition.name"},
			"no XML":                       {"name;city", "BAD_INPUT input.definition"},
			"nothing":                      {"", "BAD_INPUT input.definition"},
			"half of it":                   {plain[:len(plain)/2], "BAD_INPUT input.definition"},
			"two of them":                  {body + body, "BAD_INPUT input.definition"},
			"text behind it":               {plain + "x", "BAD_INPUT input.definition"},
			"another document":             {"<rapport version='1'/>", "BAD_INPUT input.definition"},
			"a document type":              {"<!DOCTYPE report>" + body, "BAD_INPUT input.definition"},
			"entities of its own":          {"<!DOCTYPE report [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" + strings.Replace(body, "Zorg", "&b;", 1), "BAD_INPUT input.definition"},
			"what lies elsewhere":          {"<!DOCTYPE report [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>" + strings.Replace(body, "Zorg", "&f;", 1), "BAD_INPUT input.definition"},
			"an entity that is unknown":    {with("Zorg", "&zorg;"), "BAD_INPUT input.definition"},
			"another encoding":             {with("UTF-8", "ISO-8859-1"), "BAD_INPUT input.definition"},
			"another version":              {with(`version="1" `, `version="2" `), "BAD_INPUT input.definition.version"},
			"no version":                   {with(`<report version="1" `, "<report "), "BAD_INPUT input.definition.version"},
			"an element that is not known": {with("<roles>", "<sql>DROP</sql><roles>"), "BAD_INPUT input.definition"},
			"an attribute that is not":     {with("<roles>", `<roles all="true">`), "BAD_INPUT input.definition"},
			"a namespace":                  {with("<roles>", `<roles xmlns="urn:x">`), "BAD_INPUT input.definition"},
			"two names":                    {with("<columns>", "<name>x</name><columns>"), "BAD_INPUT input.definition"},
			"text between columns":         {with("<columns>", "<columns>name"), "BAD_INPUT input.definition"},
			"a type of card":               {with("CUSTOMER", "CONTACT"), "BAD_INPUT input.definition.cardType"},
			"a column":                     {with("attentions", "bankAccount"), "BAD_INPUT input.definition.columns"},
			"a column twice":               {with("attentions", "name"), "BAD_INPUT input.definition.columns"},
			"no columns":                   {with("columns>", "roles>"), "BAD_INPUT input.definition"},
			"an order":                     {with(`"DESC">city`, `"DESC">attentions`), "BAD_INPUT input.definition.orderBy"},
			"a direction":                  {with("DESC", "DOWN"), "BAD_INPUT input.definition.orderBy"},
			"a role":                       {with("READ_ONLY", "OWNER"), "BAD_INPUT input.definition.roles"},
			"a stage":                      {with("PROSPECT", "SUPPLIER"), "BAD_INPUT input.definition.filter.stages"},
			"archived":                     {with("INCLUDE", "MAYBE"), "BAD_INPUT input.definition.filter.archived"},
			"neither yes nor no":           {with(">false<", ">no<"), "BAD_INPUT input.definition.filter.hasRunningProjects"},
			"a long sector":                {with("Zorg</sector>", strings.Repeat("x", 61)+"</sector>"), "BAD_INPUT input.definition.filter.sector"},
			"no colleague":                 {with("sanne", "niemand"), "NOT_FOUND input.definition.filter.accountManager"},
			"a long description":           {with("Eerste", strings.Repeat("x", 500)), "BAD_INPUT input.definition.description"},
			"a blank name":                 {with("<name>Zorg &amp; &#34;techniek&#34; &lt;2027&gt;</name>", "<name> </name>"), "BAD_INPUT input.definition.name"},
			"more than it can be":          {plain + strings.Repeat(" ", 20_000), "BAD_INPUT input.definition"},
			"deep as can be":               {strings.Repeat("<a>", 6_000), "BAD_INPUT input.definition"},
		} {
			t.Run(name, func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := o.Reports.Import(o.As(crmtest.Peter), crm.ImportReportInput{Definition: given.definition})
					sameList(t, "faults", faultsOf(err), []string{given.want})
				})
			})
		}
		t.Run("all that is wrong at once", func(t *testing.T) {
			wrong := plain
			for what, other := range map[string]string{
				"READ_ONLY": "OWNER", ">PROSPECT<": ">SUPPLIER<", "INCLUDE": "MAYBE", "attentions": "bankAccount", "sanne": "niemand", "DESC": "DOWN",
				"&#39;s-Hertogenbosch": strings.Repeat("x", 101), "Eerste": strings.Repeat("x", 500), "<name>Zorg": "<name>" + strings.Repeat("x", 81),
			} {
				wrong = strings.Replace(wrong, what, other, 1)
			}
			told := []string{"BAD_INPUT input.definition.name", "BAD_INPUT input.definition.filter.stages", "BAD_INPUT input.definition.filter.archived",
				"BAD_INPUT input.definition.orderBy", "BAD_INPUT input.definition.roles", "BAD_INPUT input.definition.description"}
			beyond := []string{"BAD_INPUT input.definition.filter.city", "NOT_FOUND input.definition.filter.accountManager"}
			for definition, want := range map[string][]string{
				wrong: slices.Concat(told, []string{"BAD_INPUT input.definition.columns"}, beyond),
				// which columns and statuses there are, nobody knows of a card type that there is not
				strings.Replace(wrong, "CUSTOMER", "CONTACT", 1):                         slices.Concat(told[:1], []string{"BAD_INPUT input.definition.cardType"}, told[1:], beyond),
				strings.Replace(plain, "<stage>", "<status>SLEEPING</status><stage>", 1): {"BAD_INPUT input.definition.filter.statuses"},
			} {
				changesNothing(t, o, func() {
					_, err := o.Reports.Import(o.As(crmtest.Peter), crm.ImportReportInput{Definition: definition})
					sameList(t, "faults", faultsOf(err), want)
				})
			}
		})
		t.Run("another name that is wrong, and a colleague", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Reports.Import(o.As(crmtest.Peter), crm.ImportReportInput{Definition: plain, Name: new("klantenlijst")})
				refused(t, err, crm.DuplicateName, "input", "name")
				_, err = o.Reports.Import(o.As(crmtest.Peter), crm.ImportReportInput{Definition: plain, Name: new(" ")})
				refused(t, err, crm.BadInput, "input", "name")
				_, err = o.Reports.Import(o.As(crmtest.Sanne), crm.ImportReportInput{Definition: plain, Name: new("Nieuw")})
				refused(t, err, crm.Forbidden)
			})
		})
	})
}

func TestADefinitionNamesNobodyOfAnotherOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		theirs := o.Neighbour()
		definition := definitionOf(t, o, must2(o.Reports.Save(o.As(crmtest.Peter), full(o)))(t).Report)
		_, err := o.Reports.Import(theirs.Context(), crm.ImportReportInput{Definition: definition})
		refused(t, err, crm.NotFound, "input", "definition", "filter", "accountManager")
	})
}
