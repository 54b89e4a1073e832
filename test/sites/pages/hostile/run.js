// Plays the trick that `?trick=…` names, before all else in the page.
tricks[new URLSearchParams(location.search).get('trick')]?.();
window.trickNames = Object.keys(tricks);
