package graph

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/graph/generated"
)

// IntrospectionDisabled is the code of an operation that asks for the schema without being allowed to.
const IntrospectionDisabled = "INTROSPECTION_DISABLED"

// maxErrors is how many errors an answer carries.
const maxErrors = 20

// Settings of an Executor.
type Settings struct {
	// Demo lets strangers read the schema. Otherwise only administrators do.
	Demo bool
	// Timeout ends a query or a mutation. A subscription has no end.
	Timeout time.Duration
	// Budget is what those who ask may spend; without it, anything.
	Budget Budget
}

// Executor runs operations for the transports: gqlgen's, behind the limits and with loaders that live
// as long as one answer.
type Executor struct {
	*executor.Executor
	teller    *executor.Executor // of single messages of subscriptions
	live      *Live
	documents *documents
	settings  Settings
}

// NewSchema puts the schema on the business and its live feed.
func NewSchema(services *crm.CRM, feed *Live) graphql.ExecutableSchema {
	return generated.NewExecutableSchema(generated.Config{Schema: offered(), Resolvers: NewResolver(services, feed)})
}

// offered is the schema without @defer, which gqlgen adds to any: clients are not told of what is refused.
func offered() *ast.Schema {
	schema := *generated.NewExecutableSchema(generated.Config{}).Schema()
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer")
	return &schema
}

// NewExecutor makes the executor of a schema, with the live feed that its subscriptions listen to.
func NewExecutor(schema graphql.ExecutableSchema, feed *Live, settings Settings) *Executor {
	if settings.Budget == nil {
		settings.Budget = limitless{}
	}
	e := &Executor{Executor: executor.New(schema), teller: executor.New(schema), live: feed,
		documents: newDocuments(schema.Schema()), settings: settings}
	e.SetQueryCache(loaded{})
	e.AroundRootFields(inManner)
	e.AroundOperations(e.withTimeout)
	e.AroundOperations(e.withCursor)
	e.AroundResponses(e.priced)
	for _, one := range []*executor.Executor{e.Executor, e.teller} {
		one.SetErrorPresenter(PresentError)
		one.SetRecoverFunc(Recover)
		one.AroundResponses(finish)
	}
	return e
}

// withCursor reads where the log is before a query or a mutation reads any card, when the operation asks for
// that.
func (e *Executor) withCursor(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	asked, _ := operation.Stats.GetExtension(usesExtension).(uses)
	if _, err := crm.ActorFrom(ctx); err != nil || !asked.cursor || operation.Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	head, err := e.live.services.Events.Head(ctx)
	if err != nil {
		return graphql.OneShot(e.DispatchError(ctx, gqlerror.List{PresentError(ctx, err)}))
	}
	return next(crm.WithCursor(ctx, *head))
}

// loaded hands the document that was loaded for this operation to gqlgen's executor, as if it were
// cached, so that it neither parses nor validates.
type loaded struct{}

type loadedKey struct{}

func (loaded) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc, ok := ctx.Value(loadedKey{}).(*ast.QueryDocument)
	return doc, ok
}

func (loaded) Add(context.Context, string, *ast.QueryDocument) {}

// CreateOperationContext reads the document and prepares its operation, or tells all that is wrong.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (operation *graphql.OperationContext, faults gqlerror.List) {
	defer func() {
		if panicked := recover(); panicked != nil {
			operation, faults = &graphql.OperationContext{}, gqlerror.List{recovered(ctx, panicked)}
		}
	}()
	account, short := e.pay(ctx, params)
	operation = &graphql.OperationContext{}
	defer func() { operation.Stats.SetExtension(costExtension, account) }()
	if short != nil {
		return operation, gqlerror.List{short}
	}
	doc, faults := e.documents.load(params.Query)
	if len(faults) > 0 {
		return operation, e.told(ctx, faults)
	}
	operation, faults = e.Executor.CreateOperationContext(context.WithValue(ctx, loadedKey{}, doc.QueryDocument), params)
	if len(faults) > 0 {
		return operation, e.told(ctx, faults)
	}
	if faults := checkVariables(e.documents.schema, operation); len(faults) > 0 {
		return operation, e.told(ctx, faults)
	}
	operation.RawQuery = doc.text // one text for all who send the same
	operation.Stats.SetExtension(usesExtension, doc.uses[operation.Operation])
	return operation, e.admit(ctx, doc, operation, account)
}

// admit refuses what depends on who asks and with which variables.
func (e *Executor) admit(ctx context.Context, doc *document, operation *graphql.OperationContext, account *account) gqlerror.List {
	operation.DisableIntrospection = !e.mayIntrospect(ctx)
	if operation.DisableIntrospection && doc.introspects[operation.Operation] {
		return gqlerror.List{NewFault(IntrospectionDisabled, crm.Text{NL: "Het schema wordt hier niet getoond.", EN: "The schema is not shown here."})}
	}
	values := price(operation.Operation, operation.Variables)
	if fault := checkCost(values); fault != nil {
		return gqlerror.List{fault}
	}
	if fault := e.payFor(ctx, account, values, work(operation.Operation, operation.Variables)); fault != nil {
		return gqlerror.List{fault}
	}
	return nil
}

func (e *Executor) mayIntrospect(ctx context.Context) bool {
	actor, err := crm.ActorFrom(ctx)
	return e.settings.Demo || (err == nil && actor.Rights.Has(crm.Administer))
}

// told is what is said about a document: without guesses at names for those who may not know them, with the
// variable in a place of its own, because a path is one in the answer, and what the parser says in English in a
// sentence of who asks.
func (e *Executor) told(ctx context.Context, faults gqlerror.List) gqlerror.List {
	_, err := crm.ActorFrom(ctx)
	guess := err == nil && e.mayIntrospect(ctx)
	for _, fault := range faults {
		if !guess {
			fault.Message, _, _ = strings.Cut(fault.Message, " Did you mean ")
		}
		if len(fault.Path) > 1 && fault.Path[0] == ast.PathName("variable") {
			fault.Extensions["argument"] = "$" + fault.Path[1:].String()
			fault.Path = nil
		}
		if fault.Err == nil {
			fault.Message = framed(fault).In(languageOf(ctx))
		}
	}
	return faults[:min(len(faults), maxErrors)]
}

// framed is what a fault of the parser, the validator or the reader of variables says, which speak English alone.
func framed(fault *gqlerror.Error) crm.Text {
	if fault.Extensions["code"] == errcode.ParseFailed {
		return crm.Textf("Dit is geen GraphQL-document: %s", "This is not a GraphQL document: %s", fault.Message)
	}
	return crm.Textf("Het verzoek is niet geldig: %s", "The request is not valid: %s", fault.Message)
}

// withTimeout ends a query or a mutation that takes too long.
func (e *Executor) withTimeout(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, e.settings.Timeout)
	answer := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer cancel()
		return answer(ctx)
	}
}

// What is kept with an operation: its account, under the name that its cost has in the answer, and what it uses.
const (
	costExtension = "cost"
	usesExtension = "uses"
)

// finish gives an answer loaders of its own, so that an event of a subscription never shows rows as an
// earlier one found them.
func finish(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	answer := next(withLogBudget(WithLoaders(ctx)))
	if answer != nil {
		answer.Errors = answer.Errors[:min(len(answer.Errors), maxErrors)]
	}
	return answer
}
