"""Rules over the merged templates of all stacks together: traps of AWS that no single template shows."""
