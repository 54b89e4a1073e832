/** The components that all pages of the extension are made of. Their looks are in base.css. */
import type { ComponentChildren, JSX } from 'preact';

interface RowProps {
  id: string;
  label: string;
  /** What the choice means, or what state it is in. */
  detail?: string | undefined;
  disabled?: boolean;
}

export function Switch({ id, label, detail, disabled = false, checked, onChange }: RowProps & { checked: boolean; onChange(on: boolean): void }): JSX.Element {
  return (
    <label class="row">
      <Label id={id} label={label} detail={detail} />
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        aria-describedby={detail ? `${id}-detail` : undefined}
        onChange={(event) => {
          const { currentTarget } = event;
          onChange(currentTarget.checked);
          currentTarget.checked = checked; // it shows what holds, not what was pressed
        }}
      />
    </label>
  );
}

export interface Option<T extends string> {
  value: T;
  name: string;
}

export function Select<T extends string>({
  id,
  label,
  detail,
  disabled = false,
  value,
  options,
  onChange,
}: RowProps & { value: T; options: Option<T>[]; onChange(value: T): void }): JSX.Element {
  return (
    <label class="row">
      <Label id={id} label={label} detail={detail} />
      <select
        id={id}
        disabled={disabled}
        value={value}
        aria-describedby={detail ? `${id}-detail` : undefined}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Label({ id, label, detail }: RowProps): JSX.Element {
  return (
    <span>
      <b>{label}</b>
      {detail && <small id={`${id}-detail`}>{detail}</small>}
    </span>
  );
}

type ButtonProps = { kind?: 'primary' | 'danger' | 'plain'; children: ComponentChildren } & Omit<JSX.IntrinsicElements['button'], 'class' | 'type'>;

export function Button({ kind, children, ...rest }: ButtonProps): JSX.Element {
  return (
    <button type="button" class={kind ? `button ${kind}` : 'button'} {...rest}>
      {children}
    </button>
  );
}

/** A part of a page with its own heading. */
export function Card({ id, title, children }: { id: string; title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}
