package crm

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The definition of a report is one text that another office, or another installation, can make the report of. It holds
// no ids: a colleague goes by e-mail address.

const (
	definitionVersion = "1"
	// maxDefinition is how many characters a definition has: several times those of the longest report.
	maxDefinition = 20_000
)

// definitionShapes are those of a definition, by the path of the element.
func definitionShapes() map[string]definitionShape {
	return map[string]definitionShape{
		"report": {attributes: []string{"version", "cardType"},
			once: []string{"name", "description", "columns", "filter", "orderBy", "roles"}},
		"report.columns":        {many: []string{"column"}},
		"report.filter":         {attributes: []string{"archived"}, once: []string{"sector", "city", "accountManager", "hasRunningProjects"}, many: []string{"stage", "status"}},
		"report.orderBy":        {many: []string{"column"}},
		"report.orderBy.column": {attributes: []string{"direction"}},
		"report.roles":          {many: []string{"role"}},
	}
}

// definition is the report as one text; manager is the e-mail address of the colleague whom its filter names.
func (r *Report) definition(manager *string) (string, error) {
	report := &definitionPart{name: "report", attributes: map[string]string{"version": definitionVersion, "cardType": string(r.CardType)}}
	report.add("name", r.Name)
	addOptional(report, "description", r.Description)
	addAll(report.add("columns", ""), "column", r.ColumnKeys)
	filter := report.add("filter", "")
	filter.attributes["archived"] = string(r.Filtered.Archived)
	addAll(filter, "stage", r.Filtered.Stages)
	addAll(filter, "status", r.Filtered.Statuses)
	addOptional(filter, "sector", r.Filtered.Sector)
	addOptional(filter, "city", r.Filtered.City)
	addOptional(filter, "accountManager", manager)
	if running := r.Filtered.HasRunningProjects; running != nil {
		filter.add("hasRunningProjects", strconv.FormatBool(*running))
	}
	order := report.add("orderBy", "")
	for _, one := range r.OrderBy {
		order.add("column", one.Column).attributes["direction"] = string(one.Direction)
	}
	addAll(report.add("roles", ""), "role", r.Roles)
	text, err := xml.MarshalIndent(report, "", "  ")
	return xml.Header + string(text) + "\n", err
}

func addOptional(to *definitionPart, name string, text *string) {
	if text != nil {
		to.add(name, *text)
	}
}

func addAll[T ~string](to *definitionPart, name string, texts []T) {
	for _, text := range texts {
		to.add(name, string(text))
	}
}

// reportOf reads a definition as the input of Save, without the colleague whom its filter names: manager is that one's
// e-mail address. It is an error that the text cannot be read as a definition. Values that do not exist are noted with the
// fields, so that they are told together with what a report cannot be, which define notes.
func reportOf(text string, fields *patching) (input SaveReportInput, manager *string, err error) {
	if utf8.RuneCountInString(text) > maxDefinition {
		return input, nil, Invalid(*tooLong(maxDefinition), fields.path...)
	}
	report, err := parseDefinition(text)
	if err != nil || report.name != "report" {
		return input, nil, Invalid(Text{
			NL: "Dit is geen rapportdefinitie.",
			EN: "This is not the definition of a report."}, fields.path...)
	}
	if report.attributes["version"] != definitionVersion {
		fields.refuse("version", Text{
			NL: "Deze versie van een rapportdefinitie is onbekend.",
			EN: "This version of the definition of a report is not known."})
		return input, nil, fields.err()
	}
	if stray := report.stray("report"); stray != "" {
		stray = cut(strings.TrimPrefix(stray, "report."), maxReportName)
		return input, nil, Invalid(Text{
			NL: "Dit hoort niet, of niet nog eens, in een rapportdefinitie: " + stray + ".",
			EN: "This does not belong, or not again, in the definition of a report: " + stray + "."}, fields.path...)
	}
	return report.input(fields), report.part("filter").optional("accountManager"), nil
}

func (p *definitionPart) input(fields *patching) SaveReportInput {
	filter, order := p.part("filter"), p.part("orderBy")
	input := SaveReportInput{
		CardType: valueOf(fields, "cardType", p.attributes["cardType"], CustomerReport, RequestReport, ProjectReport),
		Name:     p.part("name").text, Description: p.optional("description"), Columns: p.part("columns").texts("column"),
	}
	at := fields.under("filter")
	input.Filter = &ReportFilterInput{
		Archived: ArchivedExclude, Sector: filter.optional("sector"), City: filter.optional("city"),
		Stages: valuesOf(at, "stages", filter.texts("stage"), Prospect, Client),
	}
	if archived, given := filter.attributes["archived"]; given {
		input.Filter.Archived = valueOf(at, "archived", archived, ArchivedExclude, ArchivedInclude, ArchivedOnly)
	}
	if running := filter.optional("hasRunningProjects"); running != nil {
		input.Filter.HasRunningProjects = new(valueOf(at, "hasRunningProjects", *running, "true", "false") == "true")
	}
	for _, status := range filter.texts("status") {
		input.Filter.Statuses = append(input.Filter.Statuses, EngagementStatus(status)) // define knows those of the card type
	}
	fields.faults = append(fields.faults, at.faults...)
	for _, column := range order.parts {
		one := &ReportOrderInput{Column: strings.TrimSpace(column.text), Direction: Ascending}
		if direction, given := column.attributes["direction"]; given {
			one.Direction = valueOf(fields, "orderBy", direction, Ascending, Descending)
		}
		input.OrderBy = append(input.OrderBy, one)
	}
	input.Roles = valuesOf(fields, "roles", p.part("roles").texts("role"), Admin, Colleague, ReadOnly)
	return input
}

// valueOf reads one of the values that the schema names; another is a fault, and nothing.
func valueOf[T ~string](fields *patching, field, given string, values ...T) T {
	if value := T(given); slices.Contains(values, value) {
		return value
	}
	given = cut(given, maxReportName)
	fields.refuse(field, Text{NL: "De waarde " + given + " bestaat hier niet.", EN: "There is no value " + given + " here."})
	return ""
}

// valuesOf reads several of them.
func valuesOf[T ~string](fields *patching, field string, given []string, values ...T) []T {
	read := make([]T, len(given))
	for i, one := range given {
		read[i] = valueOf(fields, field, one, values...)
	}
	return read
}
