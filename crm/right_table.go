package crm

import "slices"

// The table of rights: which right each change asks for, and which right each object of the schema is seen with. The
// test TestEveryPlaceDeclaresItsRight fails where one is missing, or says another thing than the program does.

// RightToDo is the right that a mutation asks for; false when the table does not know it.
func RightToDo(mutation string) (Right, bool) { return rightIn(mutations(), mutation) }

// RightToSee is the right that a type of the schema is seen with; false when the table does not know it. What is
// seen by everyone who sees the card has none.
func RightToSee(object string) (Right, bool) { return rightIn(objects(), object) }

func rightIn(table map[Right][]string, name string) (Right, bool) {
	for right, names := range table {
		if slices.Contains(names, name) {
			return right, true
		}
	}
	return forEveryone, false
}

// mutations are the changes, by the right that they ask for. Whose draft, note, attention or step it is counts
// besides, as does whether the office uses the part; amounts are changed by who sees them alone.
func mutations() map[Right][]string { //nolint:funlen // a table
	return map[Right][]string{
		EditCards: {"createCustomer", "updateCustomer", "announceEditing", "undoCustomerChanges"},
		EditContacts: {
			"createContact", "updateContact", "archiveContact", "restoreContact", "addContactFunction", "updateContactFunction", "endContactFunction",
			"removeContactFunction", "moveContact", "undoContactChanges",
		},
		EditRelations: {"addCardRelation", "updateCardRelation", "removeCardRelation"},
		EditEngagements: {
			"createLead", "createRequest", "createProject", "honourRequest", "addNomination", "updateNomination", "interviewNomination",
			"selectNomination", "rejectNomination", "withdrawNomination", "endNomination", "updateLead", "updateRequest", "updateProject",
			"convertLead", "loseLead", "reopenLead", "rejectRequest", "withdrawRequest", "reopenRequest", "startProject", "holdProject",
			"resumeProject", "undoLeadChanges", "undoRequestChanges", "undoProjectChanges", "endProject", "cancelProject", "reopenProject",
		},
		EditPreferences: {"updateInvoicingPreferences", "applyInvoiceDeliveryPreset"},
		EditBilling: {
			"addBillableLine", "updateBillableLine", "approveBillableLines", "proposeInvoice", "markInvoiced", "registerInvoice", "writeOffBillableLine",
			"markInvoicePaid", "markInvoiceUnpaid", "markInvoiceCredited",
		},
		EditChecklists: {"setChecklistItem", "setChecklistNote"},
		EditCampaigns: {
			"createCampaign", "updateCampaign", "endCampaign", "addToCampaign", "updateCampaignMembership", "removeFromCampaign",
			"createAcquisitionGoal", "updateAcquisitionGoal", "closeAcquisitionGoal", "reopenAcquisitionGoal",
		},
		EditProcesses: {"startProcess", "completeStep", "skipStep", "reassignStep", "cancelProcess"},
		EditCommunications: {
			"completeAppointment", "cancelAppointment", "rescheduleAppointment", "createContactMoment", "updateContactMoment",
			"completeFollowUp",
		},
		EditDocuments: {
			"createDocument", "createLetter", "updateDocument", "sendDocument", "fileDocument", "withdrawDocument", "discardDocument",
			"createEmail", "updateEmail", "discardEmail", "sendEmail", "retryEmail", "withdrawEmail", "fileEmail",
		},
		EditAttentions:  {"addAttention", "updateAttention", "removeAttention"},
		ArchiveCards:    {"archiveCustomer", "restoreCustomer", "archiveEngagement", "restoreEngagement"},
		RevertCards:     {"revertToProspect"},
		RunReports:      {"runReport", "cancelReportRun"},
		ExportLists:     {"exportList"},
		AnonymizePeople: {"anonymizeContact"},
		ExportPeople:    {"exportPersonalData"},
		ManageReports:   {"saveReport", "copyReport", "archiveReport", "importReport"},
		ManageLookups: {
			"createLookupValue", "updateLookupValue", "reorderLookupValues", "deactivateLookupValue", "reactivateLookupValue",
			"deleteLookupValue",
		},
		ManageChecklists: {
			"createChecklistItem", "updateChecklistItem", "reorderChecklistItems", "deactivateChecklistItem", "reactivateChecklistItem",
			"deleteChecklistItem",
		},
		ManageProcesses: {"saveProcessTemplate", "blockProcessTemplate", "unblockProcessTemplate", "deleteProcessTemplate"},
		ManageTemplates: {"saveDocumentTemplate", "saveLetterhead"},
		ManageSettings:  {"setOrganizationFeatures", "updateOrganizationSettings", "setNextNumber"},
		ManageHelp:      {"setHelpUrl"},
		Administer: {
			"inviteColleague", "reinviteColleague", "cancelInvitation", "updateColleague", "removeSecondFactor", "signOutColleague",
			"createRole", "updateRole", "deleteRole", "createTeam", "updateTeam", "deleteTeam",
			"createIdentityProvider", "updateIdentityProvider", "unlinkIdentity",
		},
		ReactToCards:   {"markAttentionSeen", "acknowledgeAttention"},
		KeepSelections: {"createSelection", "moveSelection", "closeSelection"},
		ChooseLayout:   {"setVisibleButtons", "setVisibleDetailTabs", "resetCardLayout"},
		OwnTokens: {
			"changePassword", "createApiToken", "revokeApiToken", "beginSecondFactor", "confirmSecondFactor", "renewRecoveryCodes",
			"disableSecondFactor", "revokeSession", "signOutEverywhere",
		},
	}
}

// objects are the types of the schema, by the right that they are seen with: their connections with them.
func objects() map[Right][]string {
	return map[Right][]string{
		ViewContacts:    {"Contact", "ContactFunction", "RelatedContact"},
		ViewEngagements: {"Engagement", "Lead", "Request", "Project", "Nomination", "PhaseStep", "EngagementTotal", "InvoicingEffect"},
		ViewRelations:   {"CardRelation"},
		ViewPreferences: {"InvoicingPreferences", "InvoicingChangePreview"},
		ViewFinance:     {"UninvoicedRevenue", "ProjectRevenue", "StatusRevenue", "BillableLine", "LineApproval", "InvoiceProposal"},
		ViewChecklists:  {"Checklist", "ChecklistCategory", "ChecklistEntry", "ChecklistProgress", "ChecklistItem", "ChecklistSetting"},
		ViewCampaigns:   {"Campaign", "CampaignMembership", "AcquisitionGoal"},
		ViewProcesses:   {"Process", "ProcessStep", "WorkflowEntry"},
		ViewCommunications: {
			"Communication", "Document", "Letter", "Email", "Invoice", "ConversationNote", "Appointment", "DocumentDetails",
			"MailDelivery",
		},
		Administer: {"AccessEvent", "IdentityProvider", "GroupRole", "Invitation", "OfficeRole", "IdentityLink"},
		forEveryone: {
			"ActionReason", "Address", "ApiToken", "Attention", "AttentionFeed", "AttentionIndicator", "AttentionNotice", "BankAccount",
			"AttentionReceipt", "BooleanPreference", "Card", "CardAction", "CardFeed", "CardLayout", "CardPresence", "CardViewer",
			"ChannelPreference", "Checkpoint", "ContactPreference", "Customer", "CustomerCounts", "CustomerFeed", "CustomerNotice",
			"CustomersChanged", "DataProblem", "DecimalPreference", "DocumentTemplate", "DocumentTemplateVersion", "Enrolment", "Event",
			"FeatureSetting", "FieldChange", "FieldConflict", "File", "FrequencyPreference", "HelpLink", "Highlight", "Home",
			"InvoiceDelivery", "InvoiceSplitPreference", "InvoicingApproval", "InvoicingFieldValue", "InvoicingOrigin", "InvoicingProblem",
			"LayoutButton", "LayoutTab", "Letterhead", "ListExport", "LookupList", "LookupPreference", "LookupValue", "MailDeliveryError",
			"MergeField", "Money", "Node", "NumberSeries", "OfficeFeed", "OfficeNotice", "Organization", "OrganizationSettings", "PageInfo",
			"PeppolSchemePreference", "PostalAddressKindPreference", "ProcessOutcome", "ProcessTemplate", "ProcessTemplateStep",
			"QuickAction", "Ready", "Report", "ReportColumn", "ReportFile", "ReportFilter", "ReportOrder", "ReportProgress", "ReportRun",
			"ReportRunError", "Revision", "SearchHit", "SecondFactor", "Selection", "Session", "Shortcut", "StepAssignee", "Team",
			"TextListPreference", "TextPreference", "User", "UserError", "VatRegimePreference", "Viewer", "Warning",
		},
	}
}
