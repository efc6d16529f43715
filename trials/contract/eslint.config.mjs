// graphql-eslint's rules for the contract: all of its recommended set and of its Relay set. Where the
// contract decides otherwise, the reason stands here.
import { join } from 'node:path'
import { configs, parser, rules } from '@graphql-eslint/eslint-plugin'

/** Rules with a setting of ours. */
const settings = {
  // A description stands on one line, in plain quotes; longer ones break by themselves on screen.
  'description-style': { style: 'inline' },
  // The specification of connections wants connections to have edges, not lists to be connections: what
  // cannot pass 50 items is a plain list, and `nodes` spares a client that needs no cursors a level.
  'relay-edge-types': { listTypeCanWrapOnlyEdgeType: false },
  // Values, answers and messages have no identity of their own: two equal ones are the same. A client
  // keeps them inside what has one.
  'strict-id-in-types': {
    exceptions: {
      suffixes: ['Connection', 'Edge', 'Payload', 'Preference'],
      types: [
        // values: equal when their fields are
        'Address', 'CardRelation', 'CustomerCounts', 'FieldChange', 'FieldConflict', 'Highlight', 'Money', 'PageInfo',
        'AttentionIndicator', 'ChecklistProgress', 'ChecklistSetting', 'DataProblem', 'EngagementTotal', 'FeatureSetting', 'GroupRole', 'HelpLink',
        'InvoiceDelivery', 'InvoicingApproval', 'InvoicingFieldValue', 'InvoicingOrigin', 'InvoicingProblem', 'LineApproval', 'MergeField',
        'PhaseStep', 'ProcessOutcome', 'ProcessTemplateStep', 'ProjectRevenue', 'ReportColumn', 'ReportFilter', 'ReportOrder', 'Shortcut',
        'StatusRevenue', 'StepAssignee', 'UninvoicedRevenue',
        // told once, about a mutation, a search or a stream
        'ActionReason', 'AttentionNotice', 'CardPresence', 'Checkpoint', 'CustomerNotice', 'CustomersChanged', 'Enrolment', 'InvoiceProposal', 'InvoicingChangePreview',
        'InvoicingEffect', 'OfficeNotice', 'Ready', 'SearchHit', 'UserError', 'Warning',
        // known by what they stand in, some with a key or a version beside it: one a card, a colleague or an office, one a colleague on
        // an attention or a card, one a document or an e-mail, one a report's run, one a request
        'AttentionReceipt', 'CardAction', 'CardLayout', 'CardViewer', 'Checklist', 'ChecklistCategory', 'ChecklistEntry', 'DocumentDetails',
        'DocumentTemplateVersion', 'Home', 'IdentityLink', 'Invitation', 'InvoicingPreferences', 'LayoutButton', 'LayoutTab', 'Letterhead', 'LookupList', 'MailDelivery',
        'MailDeliveryError', 'OrganizationSettings', 'QuickAction', 'RelatedContact', 'ReportFile', 'ReportProgress', 'ReportRunError', 'Revision', 'SecondFactor', 'Viewer',
      ],
    },
  },
}

/** Findings that stand, by file and message, each with its reason. */
export const argued = {
  'bank_account.graphqls: type "BankAccount" must have exactly one non-nullable unique identifier.\nAccepted name: id.\nAccepted type: ID.':
    'an account is known by its IBAN, on the card that has it',
  'settings.graphqls: type "NumberSeries" must have exactly one non-nullable unique identifier.\nAccepted name: id.\nAccepted type: ID.':
    'there is one series of each kind, which is its name',
  'communication.graphqls: Field "invoiceStatus" starts with the name of the parent type "Invoice"':
    'an invoice is a communication, whose `status` says whether it was sent',
  'communication.graphqls: Field "invoicedOn" starts with the name of the parent type "Invoice"':
    'gefactureerd op: the day of the invoice, beside `dueOn` and `paidOn`',
  'customer.graphqls: Field "customerSince" starts with the name of the parent type "Customer"':
    'klant sinds: the day a prospect became a customer, a term of the field, and `since` alone does not say what began',
  'engagement.graphqls: Field "projectLeader" starts with the name of the parent type "Project"':
    'projectleider is a function of a person; a `leader` leads the people',
  'sales.graphqls: Field "projectType" starts with the name of the parent type "Project"':
    'projectsoort is the name of the list it is chosen from; `type` is what __typename tells',
  'sales.graphqls: Field "requestedFunction" starts with the name of the parent type "Request"':
    'gevraagde functie is a term of the field; it stands on leads and projects too',
  "relation.graphqls: Edge type's field `node` must implement `Node` interface.":
    'a related contact is a contact seen from a card: the contact in it is the node',
  "access.graphqls: Edge type's field `node` must implement `Node` interface.":
    'an event of access is a line of a log that is read in order; nothing refers to one',
  'access.graphqls: type "AccessEvent" must have exactly one non-nullable unique identifier.\nAccepted name: id.\nAccepted type: ID.':
    'an event of access is a line of a log that is read in order; nothing refers to one',
  "export.graphqls: Edge type's field `node` must implement `Node` interface.":
    'an export is a line of the log, known by its position',
  'export.graphqls: type "ListExport" must have exactly one non-nullable unique identifier.\nAccepted name: id.\nAccepted type: ID.':
    'an export is a line of the log, known by its position',
  "revision.graphqls: Edge type's field `node` must implement `Node` interface.":
    'a revision is known by its card and version',
}

const everyRule = { ...configs['flat/schema-recommended'].rules, ...configs['flat/schema-relay'].rules }
const withSettings = Object.entries(settings).map(([rule, setting]) => [`@graphql-eslint/${rule}`, ['error', setting]])

export default [
  {
    files: ['schema/*.graphqls'],
    languageOptions: {
      parser,
      parserOptions: { graphQLConfig: { schema: join(import.meta.dirname, '../../schema/*.graphqls') } },
    },
    plugins: { '@graphql-eslint': { rules } },
    rules: { ...everyRule, ...Object.fromEntries(withSettings) },
  },
]
