{{/* Name of the chart, for labels. */}}
{{- define "flask-app.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of every object: the release's name, with the chart's where it is not in it already. */}}
{{- define "flask-app.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* Chart name and version, for the chart label. */}}
{{- define "flask-app.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Metadata of an object. Takes root; and, where they differ, name (default: the full name), labels, annotations, and the
role of a pod that the Service must not select.
*/}}
{{- define "flask-app.metadata" -}}
{{- $own := dict -}}
{{- if .role }}{{ $own = include "flask-app.roleLabels" . | fromYaml }}{{ end -}}
name: {{ .name | default (include "flask-app.fullname" .root) | quote }}
labels:
  {{- toYaml (merge $own (include "flask-app.labels" .root | fromYaml) (.labels | default dict) .root.Values.commonLabels) | nindent 2 }}
{{- with merge dict (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels of every object. */}}
{{- define "flask-app.labels" -}}
helm.sh/chart: {{ include "flask-app.chart" . | quote }}
{{ include "flask-app.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels that find the app's pods; they never change over a release's life. */}}
{{- define "flask-app.selectorLabels" -}}
app.kubernetes.io/name: {{ include "flask-app.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels of a pod that belongs to the release but must not be selected by its Service. Takes root and role. */}}
{{- define "flask-app.roleLabels" -}}
app.kubernetes.io/name: {{ printf "%s-%s" (include "flask-app.name" .root | trunc 52 | trimSuffix "-") .role | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{/* A name that is the full name and a suffix, within 63 characters. Takes root and suffix. */}}
{{- define "flask-app.suffixedName" -}}
{{- $length := sub 62 (len .suffix) | int -}}
{{- printf "%s-%s" (include "flask-app.fullname" .root | trunc $length | trimSuffix "-") .suffix -}}
{{- end }}

{{/* Name of the pods' service account. */}}
{{- define "flask-app.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "flask-app.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Name of the Secret whose keys become environment variables. */}}
{{- define "flask-app.secretName" -}}
{{- default (include "flask-app.fullname" .) .Values.existingSecret }}
{{- end }}

{{/* A part of a URL, percent-encoded as RFC 3986 asks; urlquery alone writes a space as "+". */}}
{{- define "flask-app.percentEncode" -}}
{{- urlquery . | replace "+" "%20" -}}
{{- end }}

{{/* PostgreSQL URL: postgresql://user:password@host:port/name, its parts percent-encoded. */}}
{{- define "flask-app.databaseUrl" -}}
{{- with .Values.database -}}
postgresql://{{ include "flask-app.percentEncode" .username }}:{{ include "flask-app.percentEncode" .password }}@
{{- .host }}:{{ .port }}/{{ include "flask-app.percentEncode" .name }}
{{- end }}
{{- end }}

{{/* Redis URL: redis://[:password@]host:port/number, the password percent-encoded. */}}
{{- define "flask-app.redisUrl" -}}
{{- with .Values.redis -}}
redis://{{ with .password }}:{{ include "flask-app.percentEncode" . }}@{{ end }}
{{- .host }}:{{ .port }}/{{ .database | int64 }}
{{- end }}
{{- end }}

{{/* Data of the ConfigMap; its hash restarts the pods when it changes. */}}
{{- define "flask-app.configData" -}}
APP_NAME: {{ .Values.flask.appName | default (include "flask-app.fullname" .) | quote }}
FLASK_ENV: {{ .Values.flask.env | quote }}
FLASK_DEBUG: {{ .Values.flask.debug | quote }}
LOG_LEVEL: {{ .Values.flask.logLevel | quote }}
{{- with .Values.mlModel }}
{{- if .enabled }}
MODEL_PATH: {{ .modelPath | quote }}
MODEL_VERSION: {{ .modelVersion | quote }}
MODEL_TYPE: {{ .modelType | quote }}
BATCH_SIZE: {{ .batchSize | int64 | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Data of the chart's own Secret; its hash restarts the pods when it changes. */}}
{{- define "flask-app.secretData" -}}
SECRET_KEY: {{ .Values.flask.secretKey | b64enc | quote }}
{{- if .Values.database.enabled }}
DATABASE_URL: {{ include "flask-app.databaseUrl" . | b64enc | quote }}
{{- end }}
{{- if .Values.redis.enabled }}
REDIS_URL: {{ include "flask-app.redisUrl" . | b64enc | quote }}
{{- end }}
{{- end }}

{{/* Body of an HTTP probe, from one of the healthCheck values. */}}
{{- define "flask-app.httpProbe" -}}
httpGet:
  path: {{ .path | quote }}
  port: http
initialDelaySeconds: {{ .initialDelaySeconds }}
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
failureThreshold: {{ .failureThreshold }}
{{- end }}

{{/* Image of the app, by digest where one is given. */}}
{{- define "flask-app.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{/* A value as YAML, its template expressions evaluated. Takes root and value. */}}
{{- define "flask-app.tpl" -}}
{{- tpl (toYaml .value) .root }}
{{- end }}

{{/*
Environment of the app's container, which the migration and the fetch of the model share. Takes root, and the names of
the ConfigMap and the Secret that hold it.
*/}}
{{- define "flask-app.environment" -}}
{{- with .root.Values.extraEnv -}}
env:
  {{- include "flask-app.tpl" (dict "root" $.root "value" .) | nindent 2 }}
{{ end -}}
envFrom:
  - configMapRef:
      name: {{ .configMap | quote }}
  - secretRef:
      name: {{ .secret | quote }}
  {{- with .root.Values.extraEnvFrom }}
  {{- include "flask-app.tpl" (dict "root" $.root "value" .) | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The parts that every pod of the release has in common. */}}
{{- define "flask-app.podBasics" -}}
{{- with .Values.imagePullSecrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with .Values.podSecurityContext -}}
securityContext:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with .Values.priorityClassName -}}
priorityClassName: {{ . | quote }}
{{ end -}}
{{- with .Values.nodeSelector -}}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with .Values.tolerations -}}
tolerations:
  {{- toYaml . | nindent 2 }}
{{ end -}}
automountServiceAccountToken: {{ .Values.automountServiceAccountToken }}
{{- end }}

{{/* Source of the model's volume; empty without one. */}}
{{- define "flask-app.modelVolume" -}}
{{- with .Values.mlModel }}
{{- if and .enabled (eq .volume.type "emptyDir") -}}
emptyDir: {}
{{- else if and .enabled (eq .volume.type "claim") -}}
persistentVolumeClaim:
  claimName: {{ include "flask-app.suffixedName" (dict "root" $ "suffix" "model") | quote }}
{{- else if and .enabled (eq .volume.type "existingClaim") -}}
persistentVolumeClaim:
  claimName: {{ .volume.existingClaim | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Spec of a claim, from one of the values that describe a volume. */}}
{{- define "flask-app.claimSpec" -}}
accessModes:
  {{- toYaml .accessModes | nindent 2 }}
{{- with .storageClass }}
storageClassName: {{ . | quote }}
{{- end }}
resources:
  requests:
    storage: {{ .size | quote }}
{{- end }}

{{/*
What the container does when its pod is told to end: it goes on serving until every node knows that the pod is gone from
the Service. Kubernetes sleeps by itself since 1.30; before, the image must have `sleep`.
*/}}
{{- define "flask-app.lifecycle" -}}
{{- if .Values.lifecycle }}
{{- toYaml .Values.lifecycle }}
{{- else if .Values.drainSeconds -}}
preStop:
  {{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}
  sleep:
    seconds: {{ .Values.drainSeconds }}
  {{- else }}
  exec:
    command: [sleep, {{ .Values.drainSeconds | int64 | quote }}]
  {{- end }}
{{- end }}
{{- end }}

{{/* Rule that lets pods ask for names. */}}
{{- define "flask-app.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
  {{- with .Values.networkPolicy.dnsPeers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Rules for what the app, and the migration, may connect to. */}}
{{- define "flask-app.egress" -}}
{{- include "flask-app.dnsEgress" . }}
{{- range $name := list "database" "redis" }}
{{- $server := get $.Values $name }}
{{- if and $server.enabled (not $.Values.existingSecret) }}
- ports:
    - port: {{ $server.port }}
      protocol: TCP
  {{- with get $.Values.networkPolicy (printf "%sPeers" $name) }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.networkPolicy.egress }}
{{ toYaml . }}
{{- end }}
{{- end }}
