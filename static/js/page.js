// What every page does: errors get the focus, dialogs open and close, forms save themselves, prints print.

for (const summary of document.querySelectorAll("[data-focus]")) summary.focus();

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (target.closest("[data-close]")) target.closest("dialog")?.close();
  if (target.closest("[data-print]")) print();
});

// Text that can be copied: the button says when it is done.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  } catch {
    // The text is selected: the keyboard's own copy works.
  }
});
