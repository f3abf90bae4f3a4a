"""Rules of synthesis: what can be computed exactly to refuse an answer that is not what was asked for.

    registry.faults_of(content, outputs)        # [(stage, refusal), ...] of one scene or person

They check form, length, language, names, quotes and copies. What takes judgment is asked of the judge
(`generation.training_data.synthesis.questions`). Pure: no database, no Django.
"""
