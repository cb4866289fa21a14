{{- define "dinero-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* At most 50 characters: a StatefulSet adds up to eleven for the label of a revision, and a label's value has 63. */}}
{{- define "dinero-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "dinero-operator.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "dinero-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dinero-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{/* Two names, since a Service cannot lose or gain its address when the shards come or go. */}}
{{- define "dinero-operator.serviceName" -}}
{{- include "dinero-operator.fullname" . -}}
{{- if gt (int .Values.shards) 1 }}-shards{{ end -}}
{{- end }}

{{/* Of what there is once for each shard, where `shard` is in the context: its Deployment, and its Lease. */}}
{{- define "dinero-operator.shardName" -}}
{{- include "dinero-operator.fullname" . -}}
{{- with .shard }}-{{ . }}{{ end -}}
{{- end }}

{{- define "dinero-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dinero-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- with .shard }}
shoporama.dk/shard: {{ . | quote }}
{{- end }}
{{- end }}

{{/* The chart's own labels win over commonLabels: selectors depend on them. */}}
{{- define "dinero-operator.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "dinero-operator"
-}}
{{- toYaml (merge (include "dinero-operator.selectorLabels" . | fromYaml) $own .Values.commonLabels) -}}
{{- end }}

{{/* Without the chart's version: a new chart alone needs no new pods. */}}
{{- define "dinero-operator.podLabels" -}}
{{- toYaml (merge (omit (include "dinero-operator.labels" . | fromYaml) "helm.sh/chart") .Values.podLabels) -}}
{{- end }}

{{- define "dinero-operator.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end }}

{{/* What the outside may reach. Probes and metrics are never among it. */}}
{{- define "dinero-operator.publicPaths" -}}
{{- if not .Values.service.enabled }}
{{- fail "ingress, httpRoute: need service.enabled=true" }}
{{- end }}
{{- if not (or .Values.connect.enabled .Values.webhooks.enabled) }}
{{- fail "ingress, httpRoute: lead to nothing without connect.enabled or webhooks.enabled" }}
{{- end }}
{{- if .Values.connect.enabled }}
- /connect
{{- end }}
{{- if .Values.webhooks.enabled }}
- /webhooks
{{- end }}
{{- end }}

{{- define "dinero-operator.publicHost" -}}
{{- (urlParse (required "ingress, httpRoute: need settings.publicUrl" .Values.settings.publicUrl)).hostname -}}
{{- end }}
