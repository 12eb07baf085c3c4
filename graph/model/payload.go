package model

// Each payload of a mutation takes the list of refusals; an empty list means that nothing was refused.

// Refuse sets why nothing was changed.
func (p *AdjustCreditsPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *ChangePlanPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *CreateAPITokenPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *CreateAccountPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *CreatePlanPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *CreateScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeleteDeploymentPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeleteGuardrailPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeleteModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeleteScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeployGuardrailPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeployModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DeployScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *DismissBannerPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *FinishFineTuningPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *GrantCreditsPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *PublishRateCardPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RecordUsagePayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *ReportUsePayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RedeployGuardrailPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RedeployModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RedeployScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RegisterModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RegisterToolPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *ReleaseReservationPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RemoveMemberPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RemoveRolePayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *ReportDeploymentPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *ReserveUsagePayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RevokeAPITokenPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *RotateAPITokenPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *ScaleDeploymentPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetAccountLimitsPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetAccountProfilePayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetBillingContactsPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetMailPreferencesPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetMemberPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetProvisioningPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetRatesPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetRolePayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SetToolStatusPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *SettleReservationPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *StartFineTuningPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UndeployGuardrailPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UndeployModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UndeployScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdateAccountPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdateDeploymentPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdateGuardrailPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdateModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdatePlanPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdateScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpdateToolPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpsertAccountPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpsertDeploymentPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpsertGuardrailPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpsertModelPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpsertScriptPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *UpsertToolPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *VoidEventsPayload) Refuse(errs []UserError) { p.UserErrors = errs }

// Refuse sets why nothing was changed.
func (p *WithdrawRateCardPayload) Refuse(errs []UserError) { p.UserErrors = errs }
