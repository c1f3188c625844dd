{{/*
Values that are each fine but contradict each other; values.schema.json has refused what is wrong by itself.
Every contradiction is told, not just the first.
*/}}
{{- define "flask-app.validate" -}}
{{- $faults := list }}
{{- $replicas := int (ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled) }}
{{- $replicasKey := ternary "autoscaling.maxReplicas" "replicaCount" .Values.autoscaling.enabled }}
{{- with .Values.persistence }}
{{- if and .enabled (not .existingClaim) (gt $replicas 1) (not (or (has "ReadWriteMany" .accessModes) (has "ReadOnlyMany" .accessModes))) }}
{{- $faults = append $faults (printf "persistence.accessModes %v is one volume for one node, but %s is %d: set persistence.accessModes to [ReadWriteMany], or %s to 1" .accessModes $replicasKey $replicas $replicasKey) }}
{{- end }}
{{- end }}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
{{- $faults = append $faults (printf "autoscaling.minReplicas is %d and autoscaling.maxReplicas is %d: set minReplicas to at most maxReplicas" (int .minReplicas) (int .maxReplicas)) }}
{{- end }}
{{- end }}
{{- if $faults }}
{{- fail (printf "these values contradict each other:\n- %s" (join "\n- " $faults)) }}
{{- end }}
{{- end }}
