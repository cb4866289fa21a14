{{/* Template of the pods: the same for the Deployments and the StatefulSet. */}}
{{- define "dinero-operator.pod" -}}
metadata:
  labels:
    {{- include "dinero-operator.podLabels" . | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "dinero-operator.serviceAccountName" . | quote }}
  automountServiceAccountToken: true
  # A Service that is called dinero-operator would set variables with the settings' prefix.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: dinero-operator
      image: {{ include "dinero-operator.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      # The image's entry point is the program, dinero-operator.
      args:
        - run
        {{- range .Values.extraArgs }}
        - {{ . | quote }}
        {{- end }}
      env:
        {{- include "dinero-operator.env" . | nindent 8 }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: http
          containerPort: {{ int .Values.settings.httpPort }}
          protocol: TCP
      livenessProbe:
        httpGet:
          path: /healthz
          port: http
        {{- toYaml .Values.livenessProbe | nindent 8 }}
      readinessProbe:
        httpGet:
          path: /readyz
          port: http
        {{- toYaml .Values.readinessProbe | nindent 8 }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if or .Values.connect.enabled .Values.extraVolumeMounts }}
      volumeMounts:
        {{- if .Values.connect.enabled }}
        - name: connect
          mountPath: {{ include "dinero-operator.connectFolder" . }}
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
  {{- if or .Values.connect.enabled .Values.extraVolumes }}
  volumes:
    {{- with .Values.connect }}
    {{- if .enabled }}
    - name: connect
      secret:
        secretName: {{ .clientSecret.name | quote }}
        items:
          - key: {{ .clientSecret.key | quote }}
            path: clientSecret
    {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "dinero-operator.env" -}}
{{- with .Values.settings -}}
- name: DINERO_OPERATOR_REQUESTS_PER_MINUTE
  value: {{ int .requestsPerMinute | quote }}
- name: DINERO_OPERATOR_LOG_FORMAT
  value: {{ .logFormat | quote }}
- name: DINERO_OPERATOR_LOG_LEVEL
  value: {{ .logLevel | quote }}
- name: DINERO_OPERATOR_HTTP_PORT
  value: {{ int .httpPort | quote }}
{{- with .dineroApiUrl }}
- name: DINERO_OPERATOR_DINERO_API_URL
  value: {{ . | quote }}
{{- end }}
{{- with .dineroTokenUrl }}
- name: DINERO_OPERATOR_DINERO_TOKEN_URL
  value: {{ . | quote }}
{{- end }}
{{- with .publicUrl }}
- name: DINERO_OPERATOR_PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- if .allowInsecureUrls }}
- name: DINERO_OPERATOR_ALLOW_INSECURE_URLS
  value: "true"
{{- end }}
{{- end }}
{{- if .Values.connect.enabled }}
{{- if not .Values.settings.publicUrl }}
{{- fail "connect.enabled: needs settings.publicUrl, where browsers reach the operator" }}
{{- end }}
- name: DINERO_OPERATOR_CONNECT_CLIENT_ID
  value: {{ .Values.connect.clientId | quote }}
- name: DINERO_OPERATOR_CONNECT_CLIENT_SECRET_FILE
  value: {{ include "dinero-operator.connectFolder" . }}/clientSecret
{{- with .Values.connect.authorizeUrl }}
- name: DINERO_OPERATOR_CONNECT_AUTHORIZE_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.connect.tokenUrl }}
- name: DINERO_OPERATOR_CONNECT_TOKEN_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.namespaces }}
- name: DINERO_OPERATOR_NAMESPACES
  value: {{ join "," . | quote }}
{{- end }}
{{- if .Values.leaderElection.enabled }}
- name: DINERO_OPERATOR_LEASE_NAME
  value: {{ include "dinero-operator.shardName" . | quote }}
- name: DINERO_OPERATOR_LEASE_NAMESPACE
  value: {{ .Release.Namespace | quote }}
{{- end }}
{{- if gt (int .Values.shards) 1 }}
- name: DINERO_OPERATOR_SHARD_COUNT
  value: {{ int .Values.shards | quote }}
- name: DINERO_OPERATOR_SHARD_INDEX
  {{- if .shard }}
  value: {{ .shard | quote }}
  {{- else }}
  valueFrom:
    fieldRef:
      # The pod's ordinal, which the StatefulSet's controller writes.
      fieldPath: metadata.labels['apps.kubernetes.io/pod-index']
  {{- end }}
{{- end }}
{{- end }}

{{/* The program reads the app's client secret from a file, once, at its start. */}}
{{- define "dinero-operator.connectFolder" -}}
/var/run/secrets/dinero-operator/connect
{{- end }}
